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

/** Files of ours that sit beside manifests and are no resources. */
const NO_MANIFESTS: ReadonlySet<string> = new Set(["choreo.secrets.yaml", "choreo-dev.yaml"]);

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
  const entries = await readdir(target, { withFileTypes: true });
  const names = entries
    .filter((entry) => !entry.isDirectory() && /\.(ya?ml|json)$/.test(entry.name) && !NO_MANIFESTS.has(entry.name))
    .map(({ name }) => name)
    .sort();
  if (names.length === 0)
    throw new ChoreoError("E_MANIFEST", `${target} has no manifests`, {
      why: "there is no .yaml, .yml or .json file in it",
    });
  return names.map((name) => path.join(target, name));
};

interface Found {
  readonly objects: ManifestObject[];
  readonly problems: string[];
}

const read = async (text: string, file: string): Promise<Found> => {
  const { LineCounter, parseAllDocuments } = await import("yaml");
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, {
    schema: "core",
    merge: true,
    customTags: (tags: Tags): Tags => [octal, ...tags],
    lineCounter: lines,
    uniqueKeys: true,
  });
  const found: Found = { objects: [], problems: [] };
  const at = (offset: number): Place => ({ file, ...lines.linePos(offset) });
  for (const document of Array.isArray(documents) ? documents : []) readDocument(document, at, found);
  return found;
};

interface Place {
  readonly file: string;
  readonly line: number;
  readonly col: number;
}

const readDocument = (document: Document.Parsed, at: (offset: number) => Place, found: Found): void => {
  const report = (place: Place, words: string): void =>
    void found.problems.push(`${place.file}:${place.line}:${place.col}  ${words}`);
  for (const { pos, message } of document.errors) report(at(pos[0]), headline(message));
  if (document.errors.length > 0 || document.contents === null) return;
  const start = document.contents.range[0];
  let value: unknown;
  try {
    value = document.toJS();
  } catch (error) {
    // An alias without its anchor, or so many of them that the text would fill the memory.
    return report(at(start), headline(messageOf(error)));
  }
  // Nothing between two `---`, or comments only.
  if (value === null) return;
  const items = itemsOf(value);
  (items ?? [value]).forEach((object, index) => {
    const node = items === undefined ? undefined : document.getIn(["items", index], true);
    const place = at((node as { range?: readonly number[] } | undefined)?.range?.[0] ?? start);
    const wrong = shapeProblem(object);
    if (wrong !== undefined) report(place, wrong);
    else found.objects.push({ object: object as AnyObject, file: place.file, line: place.line });
  });
};

/** The parser adds a place and a picture of the line, which are shown in our own way. */
const headline = (message: string): string => (message.split("\n")[0] ?? "").replace(/ at line .*$/, "");

const itemsOf = (value: unknown): unknown[] | undefined => {
  const { kind, items } = (value ?? {}) as { kind?: unknown; items?: unknown };
  return typeof kind === "string" && kind.endsWith("List") && Array.isArray(items) ? items : undefined;
};

const shapeProblem = (value: unknown): string | undefined => {
  if (!isMap(value)) return "is no Kubernetes object: it is not a map";
  const { apiVersion, kind, metadata } = value;
  const wrong = textProblem("apiVersion", apiVersion) ?? textProblem("kind", kind);
  if (wrong !== undefined) return wrong;
  const unnamed = textProblem("metadata.name", isMap(metadata) ? metadata["name"] : undefined);
  return unnamed === undefined ? undefined : `${String(kind)}: ${unnamed}`;
};

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** `name: 2024` is a number to YAML, and a name only in quotes. */
const textProblem = (field: string, value: unknown): string | undefined => {
  if (value === undefined || value === null || value === "") return `${field} is missing`;
  return typeof value === "string" ? undefined : `${field} is not a text: put it in quotes`;
};

const manifestError = (problems: readonly string[]): ChoreoError =>
  new ChoreoError(
    "E_MANIFEST",
    `${problems.length} ${problems.length === 1 ? "problem" : "problems"} in the manifests`,
    {
      evidence: problems,
      why: "nothing was applied",
      fix: "correct them and try again",
    },
  );
