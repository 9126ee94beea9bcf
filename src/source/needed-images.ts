import { readFile } from "node:fs/promises";
import path from "node:path";
import { packageRoot } from "../lib/package-root.ts";
import { baseImages } from "./base-images.ts";

/** A source that can be looked at, wherever it is. Paths are from its root, with "/". */
export interface SourceFiles {
  read(file: string): Promise<string | undefined>;
  /** Names in a folder. */
  names(folder: string): Promise<ReadonlySet<string>>;
}

export interface HowBuilt {
  /** Folder that is built. */
  readonly folder: string;
  /** Undefined: `Dockerfile` in the folder, or the one for what is in it. */
  readonly dockerfile: string | undefined;
  readonly buildpack?: { readonly name: string; readonly version?: string | undefined } | undefined;
  /** Build arguments by name. */
  readonly args?: Readonly<Record<string, string>>;
}

/** Images that a source's Dockerfile, or the one that is generated for it, builds on. */
export const neededImages = async (
  files: SourceFiles,
  { folder, dockerfile, buildpack, args = {} }: HowBuilt,
): Promise<string[]> => {
  const own =
    buildpack !== undefined && dockerfile === undefined
      ? undefined
      : await files.read(dockerfile ?? path.posix.join(folder, "Dockerfile"));
  if (own !== undefined) return baseImages(own, args);
  const language = buildpack === undefined ? languageOf(await files.names(folder)) : LANGUAGES[buildpack.name];
  if (language === undefined) return [];
  const file = path.join(packageRoot(), "build-steps", "dockerfiles", `${language}.Dockerfile`);
  // As build-steps/common.sh does: `20.x.x` is 20.
  const version = buildpack?.version?.replace(/(\.x)*$/, "");
  return baseImages(await readFile(file, "utf8"), { ...args, ...(version && { VERSION: version }) });
};

const LANGUAGES: Readonly<Record<string, string>> = {
  ...{ React: "react", "Node.js": "node", Python: "python", Go: "go" },
};

/** As `build-steps/common.sh` decides. */
const languageOf = (names: ReadonlySet<string>): string | undefined => {
  if (names.has("package.json")) return "node";
  if (["requirements.txt", "pyproject.toml", "main.py", "app.py"].some((name) => names.has(name))) return "python";
  if (names.has("go.mod")) return "go";
  if (names.has("server.js") || names.has("server.mjs")) return "node-script";
  if (names.has("index.html")) return "static";
  return names.has("index.js") || names.has("index.mjs") ? "node-script" : undefined;
};
