import path from "node:path";
import { readIfExists } from "../../../lib/fs.ts";
import type { Language } from "./place.ts";
import { StepError } from "./step.ts";

/** Where Python packages and compiled programs are kept in a bundle. */
export const PYTHON_PACKAGES = ".choreo/python";
export const PROGRAM = ".choreo/program";

export type Command = readonly string[];

/** Commands that bring a folder what its program needs to be tested or compiled; none where it needs nothing. */
export const installCommands = async (folder: string, language: Language): Promise<Command[]> => {
  switch (language) {
    case "node":
    case "react":
      return npmInstall(folder);
    case "python":
      return pipInstall(folder);
    default:
      // The compilers of Go and Rust fetch modules by themselves.
      return [];
  }
};

/** Commands that make of an installed folder what is run. */
export const buildCommands = async (folder: string, language: Language): Promise<Command[]> => {
  switch (language) {
    case "node":
    case "react": {
      const { scripts = {}, devDependencies = {} } = await readManifest(folder);
      return [
        ...(scripts["build"] === undefined ? [] : [["npm", "run", "build"]]),
        ...(Object.keys(devDependencies).length === 0 ? [] : [["npm", "prune", "--omit=dev", ...QUIET]]),
      ];
    }
    case "go":
      return [["go", "build", "-trimpath", "-o", PROGRAM, "."]];
    case "rust":
      return [["cargo", "install", "--quiet", "--path", ".", "--root", ".choreo/cargo", "--no-track"]];
    default:
      return [];
  }
};

interface Manifest {
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: object;
  readonly devDependencies?: object;
  readonly optionalDependencies?: object;
  readonly workspaces?: object;
}

const QUIET = ["--no-audit", "--no-fund"];

const npmInstall = async (folder: string): Promise<Command[]> => {
  const { dependencies = {}, devDependencies = {}, optionalDependencies = {}, workspaces } = await readManifest(folder);
  const wanted = [dependencies, devDependencies, optionalDependencies].flatMap((some) => Object.keys(some));
  if (wanted.length === 0 && workspaces === undefined) return [];
  const lock = await readIfExists(path.join(folder, "package-lock.json"));
  return [["npm", lock === undefined ? "install" : "ci", ...QUIET]];
};

const readManifest = async (folder: string): Promise<Manifest> => {
  try {
    return JSON.parse((await readIfExists(path.join(folder, "package.json"))) ?? "{}") as Manifest;
  } catch (error) {
    throw new StepError(`package.json: ${(error as Error).message}`);
  }
};

/** Into a folder of the bundle: it can be moved, which an environment of venv cannot. */
const pipInstall = async (folder: string): Promise<Command[]> => {
  const pip = ["python3", "-m", "pip", "install", "--disable-pip-version-check", "--no-warn-script-location"];
  const into = ["--no-compile", "--target", PYTHON_PACKAGES];
  const requirements = await readIfExists(path.join(folder, "requirements.txt"));
  if (requirements !== undefined) {
    const isEmpty = requirements.split("\n").every((line) => /^\s*(#|$)/.test(line));
    return isEmpty ? [] : [[...pip, ...into, "-r", "requirements.txt"]];
  }
  const project = await readIfExists(path.join(folder, "pyproject.toml"));
  // Without a [project] it is the configuration of tools.
  return project === undefined || !/^\s*\[project\]/m.test(project) ? [] : [[...pip, ...into, "."]];
};
