import path from "node:path";
import { storeBundle } from "../../../source/bundle-store.ts";
import { readIfExists } from "../../../lib/fs.ts";
import type { Step } from "./step.ts";

/** Puts the bundle where the platform keeps it, once, and tells its name: repository, tag and digest. */
export const push = async (step: Step): Promise<void> => {
  const { digest, files, isNew } = await storeBundle(step.builds, path.join(step.workspace, "bundle"));
  const revision = (await readIfExists(path.join(step.workspace, "revision"))) ?? "";
  const image = `${step.told("IMAGE")}:${step.told("TAG")}-${revision.slice(0, 8)}@${digest}`;
  step.say(`${files} files${isNew ? "" : ", which are there already"}: ${image}`);
  await step.leave("image", image);
};
