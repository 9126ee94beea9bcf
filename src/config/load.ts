import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { type Document, LineCounter, parseDocument } from "yaml";
import { ChoreoError, messageOf } from "../lib/errors.ts";
import { checkConfig } from "./check.ts";
import type { EngineName, Platform, Topology } from "./model.ts";
import { checkName } from "./names.ts";
import { type Problem, locate, pathText, problemsOf } from "./problems.ts";
import { resolveConfig } from "./resolve.ts";
import { CONFIG_API_VERSION, CONFIG_KIND, type ConfigFile, configSchema } from "./schema.ts";

export const CONFIG_FILES: readonly string[] = ["choreo-dev.yaml", "choreo-dev.yml", ".choreo-dev.yaml"];

export interface LoadOptions {
  readonly cwd: string;
  /** `-f FILE`; without it the folder and its parents up to the repository's root are searched. */
  readonly file?: string | undefined;
  /** `--platform NAME` */
  readonly name?: string | undefined;
  readonly engine?: EngineName | undefined;
  readonly topology?: Topology | undefined;
  readonly env: NodeJS.ProcessEnv;
}

/** Where a value came from: `default`, `derived`, `flag`, `env NAME` or `line:column`. */
export type Sources = ReadonlyMap<string, string>;

export interface LoadedConfig {
  readonly platform: Platform;
  readonly sources: Sources;
  /** The user named the platform, so its owner may be another folder. */
  readonly deliberate: boolean;
}

/** Reads, checks and completes the configuration. All problems of a file are one `E_CONFIG`, each with file:line:col. */
export const loadConfig = async (options: LoadOptions): Promise<LoadedConfig> => {
  if (options.name !== undefined) checkName(options.name);
  const file = options.file === undefined ? findConfig(options.cwd) : path.resolve(options.cwd, options.file);
  const dir = file === undefined ? path.resolve(options.cwd) : path.dirname(file);
  const lines = new LineCounter();
  const document = file === undefined ? undefined : parse(await readConfig(file), lines);
  const value: unknown = document?.toJS() ?? { apiVersion: CONFIG_API_VERSION, kind: CONFIG_KIND };
  const fail = (problems: readonly Problem[]): never => {
    throw configError(
      file,
      problems.map((problem) => line(file, document, lines, problem)),
    );
  };
  if (document !== undefined && document.errors.length > 0) {
    throw configError(
      file,
      document.errors.map(
        (error) =>
          `${relative(file)}:${error.linePos?.[0].line ?? 1}:${error.linePos?.[0].col ?? 1}  ${error.message.split("\n")[0]}`,
      ),
    );
  }
  const parsed = configSchema.safeParse(value, { reportInput: true });
  if (!parsed.success) return fail(problemsOf(parsed.error.issues, configSchema));
  const { platform, sources } = resolveConfig(parsed.data, { ...options, dir, file });
  const problems = checkConfig(parsed.data, platform);
  if (problems.length > 0) return fail(problems);
  const located = new Map(
    [...sources].map(([key, source]) => [
      key,
      source === "file" && document !== undefined ? position(document, lines, key) : source,
    ]),
  );
  return { platform, sources: located, deliberate: options.name !== undefined };
};

const findConfig = (cwd: string): string | undefined => {
  for (let dir = path.resolve(cwd); ; dir = path.dirname(dir)) {
    const found = CONFIG_FILES.map((name) => path.join(dir, name)).find((file) => existsSync(file));
    if (found !== undefined) return found;
    if (existsSync(path.join(dir, ".git")) || path.dirname(dir) === dir) return undefined;
  }
};

const readConfig = async (file: string): Promise<string> => {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new ChoreoError("E_CONFIG", `${file} cannot be read`, {
      why: messageOf(error),
      fix: "choreo-dev config schema describes the file",
      cause: error,
    });
  }
};

const parse = (text: string, lines: LineCounter): Document | undefined => {
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: true });
  return document.contents === null && document.errors.length === 0 ? undefined : document;
};

const position = (document: Document, lines: LineCounter, key: string): string => {
  const parts = key
    .split(/[.[\]]+/)
    .filter(Boolean)
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  return locate(document, lines, { path: parts, message: "" });
};

const relative = (file: string | undefined): string => (file === undefined ? "defaults" : path.basename(file));

const line = (
  file: string | undefined,
  document: Document | undefined,
  lines: LineCounter,
  problem: Problem,
): string => {
  const at = document === undefined ? "" : `:${locate(document, lines, problem)}`;
  return `${relative(file)}${at}  ${pathText(problem.path)}${problem.path.length === 0 ? "" : ": "}${problem.message}`;
};

const configError = (file: string | undefined, evidence: readonly string[]): ChoreoError =>
  new ChoreoError(
    "E_CONFIG",
    `${evidence.length} ${evidence.length === 1 ? "problem" : "problems"} in ${file ?? "the configuration"}`,
    {
      evidence,
      fix: "choreo-dev config schema shows every field",
    },
  );

export type { ConfigFile };
