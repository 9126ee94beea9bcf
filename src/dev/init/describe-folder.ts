import { readFile } from "node:fs/promises";
import path from "node:path";
import { detect } from "../../engine/embedded/runtime/image/detect.ts";
import { readIfExists } from "../../lib/fs.ts";
import { ignoreRules } from "../watch/ignore-rules.ts";
import { scanStats } from "../watch/scan.ts";
import { findPort } from "./find-port.ts";

/** What a folder tells of the program in it. */
export interface FolderFacts {
  /** `Node.js`, `Python`, `Go`, `Rust`, `static files` or `a Dockerfile`. */
  readonly language: string;
  /** The file that told how it is started. */
  readonly by: string;
  /** Undefined: nothing tells that it listens. */
  readonly port: Port | undefined;
  /** What its tests are; undefined without any. */
  readonly tests: string | undefined;
  readonly isSite: boolean;
  readonly hasDockerfile: boolean;
}

export interface Port {
  readonly number: number;
  /** `Dockerfile`, or `server.js:12`. */
  readonly by: string;
  /** It takes the port that the variable PORT says. */
  readonly isGiven: boolean;
}

/** Reads a folder; undefined when nothing in it tells how it is run. */
export const describeFolder = async (folder: string): Promise<FolderFacts | undefined> => {
  const found = await detect(folder);
  if (found === undefined) return undefined;
  const files = (await scanStats(folder, ignoreRules(folder))).map(({ path: file }) => file);
  const isSite = found.by === "index.html";
  const exposed = found.port === undefined ? undefined : { number: found.port, by: "Dockerfile", isGiven: false };
  return {
    language: languageOf(found.by, files),
    by: found.by,
    port: exposed ?? (isSite ? undefined : await findPort(folder, files)),
    hasDockerfile: files.includes("Dockerfile"),
    tests: await testsOf(folder, files),
    isSite,
  };
};

const LANGUAGES: readonly (readonly [ending: RegExp, language: string])[] = [
  [/^package\.json$|\.[cm]?js$/, "Node.js"],
  [/\.py$|^(?:requirements\.txt|pyproject\.toml)$/, "Python"],
  [/^go\.mod$/, "Go"],
  [/^Cargo\.toml$/, "Rust"],
  [/^index\.html$/, "static files"],
];

/** A Procfile and a Dockerfile start any language: what lies beside them tells. */
const languageOf = (by: string, files: readonly string[]): string => {
  const told = (names: readonly string[]): string | undefined =>
    LANGUAGES.find(([ending]) => names.some((name) => ending.test(name)))?.[1];
  return told([by]) ?? told(files.filter((file) => !file.includes("/"))) ?? `a ${by}`;
};

const testsOf = async (folder: string, files: readonly string[]): Promise<string | undefined> => {
  const dockerfile = (await readIfExists(path.join(folder, "Dockerfile"))) ?? "";
  if (/^\s*FROM\s+\S+(?:\s+\S+)*\s+AS\s+test\s*$/im.test(dockerfile)) return "the stage test of its Dockerfile";
  if (files.includes("package.json") && (await hasTestScript(path.join(folder, "package.json")))) return "npm test";
  if (files.some((file) => /(?:^|\/)(?:test_\w+|\w+_test)\.py$/.test(file))) return "pytest";
  if (files.some((file) => file.endsWith("_test.go"))) return "go test";
  return undefined;
};

const hasTestScript = async (file: string): Promise<boolean> => {
  try {
    const { scripts } = JSON.parse(await readFile(file, "utf8")) as { scripts?: { test?: unknown } };
    return typeof scripts?.test === "string" && !scripts.test.includes("no test specified");
  } catch {
    return false;
  }
};
