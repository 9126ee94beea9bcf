import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { exists, readIfExists } from "../../../lib/fs.ts";
import { packageRoot } from "../../../lib/package-root.ts";
import { type Step, StepError } from "./step.ts";

/** What is built, and by what. */
export interface Place {
  /** Folder that becomes the bundle. */
  readonly context: string;
  readonly language: Language;
  /** Text of the Dockerfile that says how it is tested and run: the source's own, or the one for its language. */
  readonly dockerfile: string;
  /** As it is called in messages. */
  readonly dockerfileName: string;
  readonly isGenerated: boolean;
}

export type Language = "node" | "node-script" | "react" | "python" | "go" | "rust" | "static" | "other";

/** Paths are from the root of the source, and stay in it. */
export const checkPaths = ({ told }: Step): void => {
  const places = ["CONTEXT", "DOCKERFILE", "SOURCE_PATH"].map(told);
  if (places.some((place) => place.split("/").includes("..")))
    throw new StepError("the paths of a build stay inside its source");
};

/** Decides as `find_dockerfile` of build-steps/common.sh does. */
export const findPlace = async (step: Step): Promise<Place> => {
  checkPaths(step);
  const { source, told } = step;
  const name = told("CONTEXT") || told("SOURCE_PATH");
  const context = path.join(source, name);
  const isFolder = await stat(context).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) throw new StepError(`there is no folder "${name}" in the source`);
  const wanted = told("DOCKERFILE");
  const file = wanted === "" ? path.join(context, "Dockerfile") : path.join(source, wanted);
  const own = told("BUILDPACK") === "" || wanted !== "" ? await readIfExists(file) : undefined;
  if (own === undefined && wanted !== "") throw new StepError(`there is no Dockerfile "${wanted}" in the source`);
  const language = (await languageOf(context, told("BUILDPACK"))) ?? (own === undefined ? undefined : "other");
  if (own !== undefined) {
    const dockerfileName = path.relative(source, file);
    return { context, language: language ?? "other", dockerfile: own, dockerfileName, isGenerated: false };
  }
  if (language === undefined) throw new StepError(`nothing in "${name}" says how it is built: add a Dockerfile`);
  const dockerfileName = `${language}.Dockerfile`;
  const generated = path.join(packageRoot(), "build-steps", "dockerfiles", dockerfileName);
  // Rust has no image of its own yet: its programs are built all the same.
  const dockerfile = language === "rust" ? "FROM scratch\n" : await readFile(generated, "utf8");
  return { context, language, dockerfile, dockerfileName, isGenerated: true };
};

const BUILDPACKS: Readonly<Record<string, Language>> = {
  ...{ React: "react", "Node.js": "node", Python: "python", Go: "go" },
};

const FILES: readonly (readonly [language: Language, ...files: string[]])[] = [
  ["node", "package.json"],
  ["python", "requirements.txt", "pyproject.toml", "main.py", "app.py"],
  ["go", "go.mod"],
  ["node-script", "server.js", "server.mjs"],
  ["rust", "Cargo.toml"],
  ["static", "index.html"],
  // Beside an index.html it is a script of the page.
  ["node-script", "index.js", "index.mjs"],
];

const languageOf = async (folder: string, buildpack: string): Promise<Language | undefined> => {
  if (buildpack !== "") {
    const known = BUILDPACKS[buildpack];
    if (known !== undefined) return known;
    throw new StepError(`sources of ${buildpack} are not built without a Dockerfile: add one`);
  }
  for (const [language, ...files] of FILES)
    for (const file of files) if (await exists(path.join(folder, file))) return language;
  return undefined;
};
