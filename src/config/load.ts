import { readFile } from "node:fs/promises";
import path from "node:path";
import { ChoreoError, messageOf } from "../lib/errors.ts";
import { checkConfig } from "./check.ts";
import { type ConfigDocument, readDocument } from "./document.ts";
import { findConfig } from "./find.ts";
import type { EngineName, Platform, Sources, Topology } from "./model.ts";
import { checkPlatformName } from "./names.ts";
import { type Problem, pathText, problemsOf, suggestion } from "./problems.ts";
import { type Surroundings, resolveConfig } from "./resolve.ts";
import { CONFIG_API_VERSION, CONFIG_KIND, type ConfigFile, configSchema } from "./schema.ts";
import { traceSources } from "./sources.ts";

export interface LoadOptions {
  readonly cwd: string;
  /** `-f FILE`; without it the folder and its parents up to the repository's root are searched. */
  readonly file?: string | undefined;
  /** The configuration itself, YAML or JSON, instead of a file. */
  readonly text?: string | undefined;
  /** `--platform NAME` */
  readonly name?: string | undefined;
  readonly engine?: EngineName | undefined;
  readonly topology?: Topology | undefined;
  readonly env: NodeJS.ProcessEnv;
}

export interface LoadedConfig {
  readonly platform: Platform;
  readonly sources: Sources;
  /** The user named the platform, so its owner may be another folder. */
  readonly deliberate: boolean;
}

/**
 * Reads, checks and completes the configuration; without a file the defaults hold. All problems of a file are one
 * `E_CONFIG`, each with `file:line:column` in the evidence: first those of its form, then, when the form is right,
 * those between fields, because a misspelt field would only make more of them.
 */
export const loadConfig = async (options: LoadOptions): Promise<LoadedConfig> => {
  if (options.name !== undefined) checkPlatformName(options.name);
  const file = options.text === undefined ? fileOf(options) : undefined;
  const dir = file === undefined ? path.resolve(options.cwd) : path.dirname(file);
  const { name, engine, topology, env } = options;
  const around: Surroundings = { file, dir, env, flags: { name, engine, topology } };
  const document = readDocument(file === undefined ? (options.text ?? "") : await readText(file));
  const config = parse(document, file, options.cwd);
  const platform = resolveConfig(config, around);
  failOn(checkConfig(config, platform), { document, file, cwd: options.cwd });
  const sources = traceSources(platform, around, (at) => document.positionOf(at));
  return { platform, sources, deliberate: name !== undefined };
};

const fileOf = ({ cwd, file }: LoadOptions): string | undefined =>
  file === undefined ? findConfig(cwd) : path.resolve(cwd, file);

const readText = async (file: string): Promise<string> => {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new ChoreoError("E_CONFIG", `${file} cannot be read`, {
      why: messageOf(error),
      fix: "name the file that describes the platform, or none for the defaults",
      cause: error,
    });
  }
};

const parse = (document: ConfigDocument, file: string | undefined, cwd: string): ConfigFile => {
  const where = { document, file, cwd };
  if (document.syntaxErrors.length > 0)
    throw configError(
      where,
      document.syntaxErrors.map((line) => `${shown(where)}:${line}`),
    );
  const value = document.value ?? { apiVersion: CONFIG_API_VERSION, kind: CONFIG_KIND };
  failOn(headerProblems(value), where);
  const parsed = configSchema.safeParse(value, { reportInput: true });
  if (parsed.success) return parsed.data;
  failOn(problemsOf(parsed.error.issues, configSchema), where);
  throw new ChoreoError("E_INTERNAL", "The configuration was refused without a reason", { cause: parsed.error });
};

/** apiVersion and kind decide what the other fields mean, so nothing else is looked at until they are right. */
const headerProblems = (value: unknown): Problem[] => {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return [{ path: [], message: "the file has to be a map that begins with apiVersion and kind" }];
  const header = Object.entries({ apiVersion: CONFIG_API_VERSION, kind: CONFIG_KIND });
  return header.flatMap(([key, wanted]): Problem[] => {
    const given = (value as Record<string, unknown>)[key];
    if (given === wanted) return [];
    if (given === undefined) return [{ path: [key], message: `is missing: write ${key}: ${wanted}` }];
    return [
      {
        path: [key],
        message: `"${String(given)}" is not known to this version. ${suggestion(String(given), [wanted])}`,
      },
    ];
  });
};

interface Where {
  readonly document: ConfigDocument;
  readonly file: string | undefined;
  readonly cwd: string;
}

const failOn = (problems: readonly Problem[], where: Where): void => {
  if (problems.length === 0) return;
  const located = problems.map((problem) => ({ problem, position: where.document.locate(problem) }));
  const lines = located
    .toSorted((a, b) => byPosition(a.position, b.position))
    .map(({ problem: { path: at, message }, position }) => {
      const place = where.file === undefined ? "" : `${shown(where)}:${position}  `;
      return `${place}${at.length === 0 ? "" : `${pathText(at)}: `}${message}`;
    });
  throw configError(where, lines);
};

const byPosition = (a: string, b: string): number => {
  const [lineA = 0, columnA = 0] = a.split(":").map(Number);
  const [lineB = 0, columnB = 0] = b.split(":").map(Number);
  return lineA - lineB || columnA - columnB;
};

const configError = (where: Where, evidence: readonly string[]): ChoreoError => {
  const count = evidence.length === 1 ? "1 problem" : `${evidence.length} problems`;
  const fix = "choreo-dev config schema shows every field";
  return new ChoreoError("E_CONFIG", `${count} in ${shown(where)}`, { evidence, fix });
};

/** As the user would type it from where they are. */
const shown = ({ file, cwd }: Where): string => {
  if (file === undefined) return "the configuration";
  const relative = path.relative(cwd, file);
  return relative.length < file.length ? relative : file;
};
