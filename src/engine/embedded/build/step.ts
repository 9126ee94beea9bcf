import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";

/** Why a step failed, in words for the user of the build. Everything else that is thrown is a defect. */
export class StepError extends Error {
  override readonly name = "StepError";
}

/** Where a step works, and what it was told. */
export interface Step {
  /** Of this build alone; what a step leaves there, the next one finds. */
  readonly workspace: string;
  /** Root of the source. */
  readonly source: string;
  /** Folder of all builds of the platform; see bundle-store.ts. */
  readonly builds: string;
  /** Variable of the step: those that the scripts in build-steps/ get. "" where it is not set. */
  readonly told: (name: string) => string;
  /** Leaves an output for the steps that follow, and for the controller. */
  readonly leave: (name: string, text: string) => Promise<void>;
  readonly say: (message: string) => void;
}

export const stepOf = (env: NodeJS.ProcessEnv): Step => {
  const told = (name: string): string => env[name] ?? "";
  const workspace = told("WORKSPACE");
  const builds = told("BUILDS");
  if (!path.isAbsolute(workspace) || !path.isAbsolute(builds)) throw new Error("WORKSPACE and BUILDS are not set");
  return {
    ...{ workspace, builds, told },
    source: path.join(workspace, "source"),
    leave: async (name, text) => {
      await mkdir(workspace, { recursive: true, mode: 0o700 });
      await writeFile(path.join(workspace, name), text);
    },
    say: (message) => void process.stdout.write(`choreo: ${message}\n`),
  };
};
