import { cp, rm } from "node:fs/promises";
import path from "node:path";
import { installCommands, PYTHON_PACKAGES } from "./dependencies.ts";
import { findPlace } from "./place.ts";
import { run } from "./run.ts";
import { type Step, StepError } from "./step.ts";
import { readTestStage } from "./test-stage.ts";

/** Runs what the Dockerfile's stage `test` runs, in a copy of the source with its dependencies. */
export const test = async (step: Step): Promise<void> => {
  const place = await findPlace(step);
  const stage = readTestStage(place.dockerfile, place.dockerfileName);
  if (stage === undefined) {
    step.say('no stage "test" in the Dockerfile: nothing to test');
    return step.leave("test", "skipped");
  }
  const copy = path.join(step.workspace, "test-run");
  await cp(step.source, copy, { recursive: true, verbatimSymlinks: true });
  const folder = path.join(copy, path.relative(step.source, place.context));
  for (const command of await installCommands(folder, place.language)) await run(command, { cwd: folder });
  const cwd = path.join(folder, stage.dir);
  for (const { line, argv, shown } of stage.commands) {
    try {
      await run(argv, { cwd, env: { ...stage.env, ...toolsOf(folder) }, shown });
    } catch (error) {
      if (error instanceof StepError) throw new StepError(`${place.dockerfileName}:${line}: ${error.message}`);
      throw error;
    }
  }
  await rm(copy, { recursive: true, force: true });
  return step.leave("test", "ran");
};

/** Programs and packages that were installed into the folder are found there. */
const toolsOf = (folder: string): Record<string, string> => ({
  PYTHONPATH: path.join(folder, PYTHON_PACKAGES),
  PATH: [
    path.join(folder, "node_modules", ".bin"),
    path.join(folder, PYTHON_PACKAGES, "bin"),
    process.env["PATH"] ?? "",
  ].join(path.delimiter),
});
