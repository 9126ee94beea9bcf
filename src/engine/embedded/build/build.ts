import { mkdir, readdir, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { exists } from "../../../lib/fs.ts";
import { exposedPort } from "../../../source/dockerfile.ts";
import { type Bundle, writeBundle } from "./bundle.ts";
import { buildCommands, installCommands, PROGRAM, PYTHON_PACKAGES } from "./dependencies.ts";
import { findPlace, type Place } from "./place.ts";
import { run } from "./run.ts";
import { type Step, StepError } from "./step.ts";
import { checkedStages } from "./test-stage.ts";

/** Makes of the source what is run: installs what it depends on, compiles it, and leaves the folder to be pushed. */
export const build = async (step: Step): Promise<void> => {
  const place = await findPlace(step);
  checkedStages(place.dockerfile, place.dockerfileName);
  const { context, language, isGenerated } = place;
  if (isGenerated) step.say(`no Dockerfile: built as ${language}`);
  const commands = [...(await installCommands(context, language)), ...(await buildCommands(context, language))];
  for (const command of commands) await run(command, { cwd: context });
  if (commands.length === 0) step.say("nothing to install and nothing to compile");
  const folder = language === "react" ? await builtSite(context) : context;
  // What says how it is run has to be where it is run.
  if (!isGenerated && !(await exists(path.join(folder, "Dockerfile"))))
    await writeFile(path.join(folder, "Dockerfile"), place.dockerfile);
  await writeBundle(folder, await bundleOf(folder, place));
  await rename(folder, path.join(step.workspace, "bundle"));
  await step.leave("port", exposedPort(place.dockerfile));
};

const builtSite = async (context: string): Promise<string> => {
  for (const name of ["build", "dist"]) if (await exists(path.join(context, name))) return path.join(context, name);
  throw new StepError('"npm run build" left neither a folder build nor a folder dist');
};

const bundleOf = async (folder: string, { language, isGenerated }: Place): Promise<Bundle> => {
  switch (language) {
    case "node":
    case "node-script":
      return { language, env: isGenerated ? { NODE_ENV: "production" } : {} };
    case "python":
      return { language, packages: (await exists(path.join(folder, PYTHON_PACKAGES))) ? PYTHON_PACKAGES : undefined };
    case "go":
      return { language, entrypoint: [PROGRAM] };
    case "rust":
      return { language, entrypoint: [await cargoProgram(folder)] };
    default:
      return { language };
  }
};

const cargoProgram = async (folder: string): Promise<string> => {
  const programs = await readdir(path.join(folder, ".choreo/cargo/bin"));
  const [program, ...others] = programs;
  if (program === undefined || others.length > 0)
    throw new StepError(`the crate has ${programs.length} programs: name the one to run in a Procfile`);
  await mkdir(path.dirname(path.join(folder, PROGRAM)), { recursive: true });
  await rename(path.join(folder, ".choreo/cargo/bin", program), path.join(folder, PROGRAM));
  return PROGRAM;
};
