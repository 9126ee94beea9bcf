import { rm } from "node:fs/promises";
import path from "node:path";
import { exists, readIfExists } from "../../../lib/fs.ts";
import { sourceFile } from "../../../source/bundle-store.ts";
import { DESCRIPTOR_FILES } from "../../../source/descriptor-files.ts";
import { unpackSource } from "../../../source/unpack.ts";
import { cloneRepository } from "./clone-repository.ts";
import { checkPaths } from "./place.ts";
import { type Step, StepError } from "./step.ts";

/** What a descriptor may be long, as on kind: it travels in the workflow's status. */
const LONGEST = 65_536;

/** Brings the source to its folder, and what it says of itself to the outputs. */
export const clone = async (step: Step): Promise<void> => {
  checkPaths(step);
  // A step that is started again begins anew.
  await rm(step.workspace, { recursive: true, force: true });
  const revision = await fetchSource(step);
  await step.leave("revision", revision);
  step.say(`revision ${revision}`);
  const place = step.told("SOURCE_PATH");
  const folder = path.join(step.source, place);
  if (!(await exists(folder))) throw new StepError(`there is no folder "${place}" in the source`);
  for (const [name, file] of Object.entries(DESCRIPTOR_FILES))
    await step.leave(`${name}.yaml`, ((await readIfExists(path.join(folder, file))) ?? "").slice(0, LONGEST));
};

const fetchSource = async (step: Step): Promise<string> => {
  const artifact = step.told("SOURCE_ARTIFACT");
  if (artifact === "") return cloneRepository(step);
  const [, digest = ""] = artifact.split("@");
  step.say(`working tree ${artifact}`);
  const file = sourceFile(step.builds, digest);
  if (!(await exists(file)))
    throw new StepError(`the source ${artifact} is not on this machine any more: choreo-dev build sends it again`);
  await unpackSource(file, digest, step.source);
  return digest.replace("sha256:", "");
};
