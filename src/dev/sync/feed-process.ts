import { SOURCE_FOLDER } from "../../controller/deployment/process.ts";
import type { Deployment } from "../../crds/types.ts";
import { ANNOTATIONS } from "../../engine/embedded/runtime/image/resolve.ts";
import { profileOf } from "../loop/profile.ts";
import type { DevTarget } from "../loop/targets.ts";
import { digestTree } from "../watch/digest-tree.ts";
import { ignoreRules } from "../watch/ignore-rules.ts";
import { type Fed, feed, type FeedOptions, recordOf } from "./fed.ts";
import { folderName, openSyncFolder } from "./sync-folder.ts";
import { refOf } from "../../k8s/object-ref.ts";

/**
 * Puts the pods of a Deployment into dev mode where they are processes that run from the component's folder: the shim starts
 * the program again, and nothing has to be copied. Goes on where an earlier session has left them so. Undefined for programs
 * that the shim cannot stop before they listen.
 */
export const enterProcessFeed = async (
  target: DevTarget,
  deployment: Deployment,
  options: FeedOptions,
): Promise<Fed | undefined> => {
  const { language } = await profileOf(target);
  if (language !== "node" && language !== "python") return undefined;
  const folder = await openSyncFolder(options.dir, folderName(deployment.metadata.uid ?? "", "process"));
  const place = folder.top;
  const { [ANNOTATIONS.dev]: known, [SOURCE_FOLDER]: source } = deployment.metadata.annotations ?? {};
  if (known !== place || source === undefined) {
    await folder.record(await recordOf(target, options));
    const { digest } = await digestTree({ folder: target.folder, rules: ignoreRules(target.folder), ...options });
    const annotations = { [SOURCE_FOLDER]: digest, [ANNOTATIONS.dev]: place };
    await options.control.mergePatch(refOf(deployment), { metadata: { annotations } }, { signal: options.signal });
  }
  return feed({
    ...{ target, deployment, folder, options },
    mark: [ANNOTATIONS.dev, place],
    hasShim: true,
    isOverImage: false,
    root: target.folder,
    changesOf: () => [],
  });
};
