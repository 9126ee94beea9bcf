import { readFile, readdir, stat } from "node:fs/promises";
import path from "node:path";
import type { Document, Tags } from "yaml";
import { ChoreoError, messageOf } from "../lib/errors.ts";
import type { AnyObject } from "./types.ts";

export interface ManifestObject {
  readonly object: AnyObject;
  /** As it was named by the user. */
  readonly file: string;
  /** Line of its first field. */
  readonly line: number;
}

/** Kubernetes reads YAML 1.1: `0644` is octal there, as every `defaultMode` in the wild expects. */
const octal = {
  identify: (value: unknown): boolean => typeof value === "number",
  default: true,
  tag: "tag:yaml.org,2002:int",
  test: /^0[0-7]+$/,
  resolve: (text: string): number => Number.parseInt(text, 8),
};

/** The objects of a text of one or more YAML or JSON documents. Everything wrong in it is one `E_MANIFEST`, located. */
export const parseManifests = async (text: string, file: string): Promise<ManifestObject[]> => {
  const { objects, problems } = await read(text, file);
  if (problems.length > 0) throw manifestError(problems);
  return objects;
};

/** Reads files and folders (their .yaml, .yml and .json, not deeper). All problems of all files are reported together. */
export const readManifests = async (paths: readonly string[], cwd: string): Promise<ManifestObject[]> => {
  const results = [];
  for (const each of paths) {
    for (const file of await filesOf(path.resolve(cwd, each))) {
      const shown = path.relative(cwd, file).startsWith("..") ? file : path.relative(cwd, file);
      results.push(await read(await readFile(file, "utf8"), shown));
    }
  }
  const problems = results.flatMap((result) => result.problems);
  if (problems.length > 0) throw manifestError(problems);
  return results.flatMap((result) => result.objects);
};

const filesOf = async (target: string): Promise<string[]> => {
  const facts = await stat(target).catch((error: unknown) => {
    throw new ChoreoError("E_MANIFEST", `${target} cannot be read`, {
      why: messageOf(error),
      fix: "check the path after -f",
      cause: error,
    });
  });
  if (!facts.isDirectory()) return [target];
  const names = (await readdir(target)).filter((name) => /\.(ya?ml|json)$/.test(name)).sort();
  // Secrets of the local mode sit beside manifests and are no resource.
  const files = names.filter((name) => name !== "choreo.secrets.yaml" && name !== "choreo-dev.yaml");
  if (files.length === 0)
    throw new ChoreoError("E_MANIFEST", `${target} has no manifests`, {
      why: "there is no .yaml, .yml or .json file in it",
    });
  return files.map((name) => path.join(target, name));
};

const read = async (text: string, file: string): Promise<{ objects: ManifestObject[]; problems: string[] }> => {
  const { LineCounter, parseAllDocuments } = await import("yaml");
  const lines = new LineCounter();
  const customTags = (tags: Tags): Tags => [octal as Tags[number], ...tags];
  const documents = parseAllDocuments(text, {
    schema: "core",
    merge: true,
    customTags,
    lineCounter: lines,
    uniqueKeys: true,
  });
  const objects: ManifestObject[] = [];
  const problems: string[] = [];
  for (const document of Array.isArray(documents) ? documents : []) {
    const at = (offset: number): { line: number; col: number } => lines.linePos(offset);
    for (const error of document.errors) {
      const { line, col } = at(error.pos[0]);
      problems.push(`${file}:${line}:${col}  ${error.message.split("\n")[0]?.replace(/ at line .*$/, "")}`);
    }
    if (document.errors.length > 0 || document.contents === null) continue;
    const { line, col } = at(document.contents.range?.[0] ?? 0);
    for (const object of flatten(document.toJS())) {
      const wrong = shapeProblem(object);
      if (wrong === undefined) objects.push({ object: object as AnyObject, file, line });
      else problems.push(`${file}:${line}:${col}  ${wrong}`);
    }
  }
  return { objects, problems };
};

const flatten = (value: unknown): unknown[] => {
  const { kind, items } = (value ?? {}) as { kind?: unknown; items?: unknown };
  return typeof kind === "string" && kind.endsWith("List") && Array.isArray(items) ? items : [value];
};

const shapeProblem = (value: unknown): string | undefined => {
  if (value === null || typeof value !== "object" || Array.isArray(value))
    return "is no Kubernetes object: it is not a map";
  const { apiVersion, kind, metadata } = value as {
    apiVersion?: unknown;
    kind?: unknown;
    metadata?: { name?: unknown; generateName?: unknown };
  };
  if (typeof apiVersion !== "string" || apiVersion === "") return "apiVersion is missing";
  if (typeof kind !== "string" || kind === "") return "kind is missing";
  if (typeof metadata?.name !== "string" || metadata.name === "") return `${kind}: metadata.name is missing`;
  return undefined;
};

const manifestError = (problems: readonly string[]): ChoreoError =>
  new ChoreoError(
    "E_MANIFEST",
    `${problems.length} ${problems.length === 1 ? "problem" : "problems"} in the manifests`,
    {
      evidence: problems,
      why: "nothing was applied",
      fix: "docs/resources.md describes the kinds",
    },
  );
