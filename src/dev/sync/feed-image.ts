import path from "node:path";
import { buildOf } from "../../controller/deployment/artifact.ts";
import { type DevMode, devModeOf } from "../../controller/deployment/dev-mode.ts";
import { devAnnotation } from "../../controller/deployment/render/dev-pod.ts";
import { ANNOTATIONS, CHOREO_API } from "../../crds/labels.ts";
import type { Build, DeployableArtifact, Deployment } from "../../crds/types.ts";
import type { RegistryClient } from "../../docker/registry-client.ts";
import type { DockerfileHint } from "../../engine/embedded/runtime/image/dockerfile.ts";
import type { KubeClient } from "../../k8s/client.ts";
import { profileOf } from "../loop/profile.ts";
import type { DevTarget } from "../loop/targets.ts";
import { chooseMode, layoutOf } from "./choose-mode.ts";
import { type Fed, feed, type FeedOptions, recordOf } from "./fed.ts";
import { readImageConfig } from "./image-config.ts";
import { placeInImage } from "./image-layout.ts";
import {
  folderName,
  folderPrefix,
  openSyncFolder,
  removeFolders,
  type SyncChange,
  type SyncFolder,
} from "./sync-folder.ts";

export interface ImageFeedOptions extends FeedOptions {
  readonly registry: RegistryClient;
}

/** Goes on with what an earlier session has begun. Undefined when the pods are not fed, or the folder is lost. */
export const resumeImageFeed = async (
  target: DevTarget,
  deployment: Deployment,
  options: FeedOptions,
): Promise<Fed | undefined> => {
  const mode = devModeOf(deployment);
  if (mode === undefined) return undefined;
  const folder = await openSyncFolder(options.dir, mode.folder);
  if ((await folder.recorded()) === undefined) return undefined;
  const layout = await layoutOf(target.folder, await profileOf(target));
  return feedMode(target, { deployment, mode, layout, folder, options });
};

/** What has to be written to a Deployment for its pods to be fed, and the feed for when that is done. */
export interface ImageFeed {
  readonly deployment: Deployment;
  readonly annotations: Readonly<Record<string, string | null>>;
  feed(): Promise<Fed>;
  /** Removes the folders of what was served before. */
  removeOthers(): Promise<void>;
}

export interface FeedWanted {
  readonly deployment: Deployment;
  /** Name of what its pods will run; built from the component's folder as it is. */
  readonly artifact: string;
  /** Its image. Default: that of the artifact's build. */
  readonly image?: string | undefined;
}

/**
 * Prepares the dev mode of a Deployment, in which its pods take saved files. Undefined when its image cannot be fed: then every
 * change is built.
 */
export const prepareImageFeed = async (
  target: DevTarget,
  { deployment, artifact, image: known }: FeedWanted,
  options: ImageFeedOptions,
): Promise<ImageFeed | undefined> => {
  const { control, registry, dir, signal } = options;
  const image = known ?? (await imageOf(control, deployment, signal));
  const config = image === undefined ? undefined : await readImageConfig(registry, image);
  const profile = await profileOf(target);
  const chosen = config === undefined ? undefined : await chooseMode(target.folder, profile, config);
  if (chosen === undefined) return undefined;
  const uid = deployment.metadata.uid ?? "";
  // Another one each time: what was saved over an earlier run of the same image is not part of it.
  const mode: DevMode = { ...chosen.mode, artifact, folder: folderName(uid, `${artifact} ${Date.now()}`) };
  const { layout } = chosen;
  const folder = await openSyncFolder(dir, mode.folder);
  const record = await recordOf(target, options);
  await folder.record(record);
  if (mode.kind === "files") await folder.write(inPlace(Object.keys(record), { target, mode, layout }), false);
  await folder.setBuilt();
  return {
    deployment,
    annotations: { [ANNOTATIONS.devMode]: JSON.stringify(mode), [ANNOTATIONS.unbuilt]: null },
    feed: () => feedMode(target, { deployment, mode, layout, folder, options }),
    removeOthers: () => removeFolders(dir, folderPrefix(uid), mode.folder),
  };
};

const imageOf = async (
  control: KubeClient,
  { metadata: { namespace }, spec }: Deployment,
  signal: AbortSignal,
): Promise<string | undefined> => {
  const get = <T extends DeployableArtifact | Build>(kind: string, name: string): Promise<T | undefined> =>
    control.get<T>({ apiVersion: CHOREO_API, kind, name, namespace }, { signal });
  const artifact = await get<DeployableArtifact>("DeployableArtifact", spec.deploymentArtifactRef);
  const build = artifact === undefined ? undefined : buildOf(artifact);
  return build === undefined ? undefined : (await get<Build>("Build", build))?.status?.imageStatus?.image;
};

interface ModeFeed {
  readonly deployment: Deployment;
  readonly mode: DevMode;
  readonly layout: DockerfileHint;
  readonly folder: SyncFolder;
  readonly options: FeedOptions;
}

const feedMode = (target: DevTarget, { deployment, mode, layout, folder, options }: ModeFeed): Promise<Fed> =>
  feed({
    ...{ target, deployment, folder, options },
    mark: [ANNOTATIONS.devMode, devAnnotation(mode)],
    hasShim: mode.kind === "program",
    isOverImage: true,
    root: rootOf(mode),
    changesOf: (files) => {
      const changes = inPlace(files, { target, mode, layout });
      return changes.length === files.length ? changes : undefined;
    },
  });

const rootOf = (mode: DevMode): string => (mode.kind === "files" ? mode.place : mode.workdir);

/** Those of the files that the image has, as they are, below the folder that is fed. */
const inPlace = (
  files: readonly string[],
  { target, mode, layout }: Pick<ModeFeed, "mode" | "layout"> & { readonly target: DevTarget },
): SyncChange[] =>
  files.flatMap((file) => {
    const place = placeInImage(layout, file);
    const inside = place === undefined ? "" : path.posix.relative(rootOf(mode), place);
    return inside === "" || inside.startsWith("..") ? [] : [{ path: inside, source: path.join(target.folder, file) }];
  });
