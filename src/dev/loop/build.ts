import type { RegistryClient } from "../../docker/registry-client.ts";
import type { BuildDaemon } from "../build/direct.ts";
import type { Fed, FeedOptions } from "../sync/fed.ts";
import { type ImageFeed, prepareImageFeed } from "../sync/feed-image.ts";
import type { Outcome } from "./outcome.ts";
import { findDeployment, rebuild } from "./rebuild.ts";
import type { DevTarget } from "./targets.ts";
import { refOf } from "../../k8s/object-ref.ts";

export interface BuildWork {
  readonly options: FeedOptions;
  readonly registry: RegistryClient;
  readonly daemon: BuildDaemon | undefined;
  /** Keeps the feed of a component. */
  readonly keep: (fed: Fed) => void;
}

/** Makes an image of a component's folder, rolls it out, and feeds its pods from then on where that is possible. */
export const buildAndFeed = async (
  target: DevTarget,
  { options, registry, daemon, keep }: BuildWork,
): Promise<Outcome> => {
  const { control, signal } = options;
  let prepared: ImageFeed | undefined;
  const prepare = async (artifact: string, image?: string): Promise<ImageFeed | undefined> => {
    const deployment = await findDeployment(control, target, signal);
    if (deployment === undefined) return undefined;
    return prepareImageFeed(target, { deployment, artifact, image }, { ...options, registry });
  };
  const { outcome, isPointed } = await rebuild({
    ...{ ...options, registry, daemon, target },
    point: async (artifact, image) => {
      prepared = await prepare(artifact, image);
      if (prepared === undefined) return false;
      const { deployment, annotations } = prepared;
      const patch = { metadata: { annotations }, spec: { deploymentArtifactRef: artifact } };
      await control.mergePatch(refOf(deployment), patch, { signal });
      return true;
    },
  });
  if (outcome.state === "failed") return outcome;
  const began = performance.now();
  if (!isPointed) {
    // A workflow has built it, or it was built before: it is deployed already.
    const deployment = await findDeployment(control, target, signal);
    prepared = deployment === undefined ? undefined : await prepare(deployment.spec.deploymentArtifactRef);
    if (prepared === undefined) return outcome;
    const patch = { metadata: { annotations: prepared.annotations } };
    await control.mergePatch(refOf(prepared.deployment), patch, { signal });
  }
  if (prepared === undefined) return outcome;
  const fed = await prepared.feed();
  keep(fed);
  const settled = await fed.settle();
  if (settled.state === "ready") await prepared.removeOthers();
  const phase = isPointed ? "rollout" : "dev mode";
  return { ...outcome, ...settled, phases: [...outcome.phases, [phase, performance.now() - began]] };
};
