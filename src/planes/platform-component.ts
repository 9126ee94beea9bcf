import { createReadStream } from "node:fs";
import { applyAddon } from "../addons/apply.ts";
import type { Addon } from "../addons/catalog.ts";
import { SYSTEM_NAMESPACE } from "../addons/inventory.ts";
import { waitForAddon } from "../addons/ready.ts";
import type { LoadedConfig } from "../config/load.ts";
import type { Platform, PlatformComponentSpec } from "../config/model.ts";
import { buildImage, pushImage, removeImages } from "../docker/build-image.ts";
import { findNetwork } from "../docker/network.ts";
import { ensureRegistry, REGISTRY_HOST } from "../docker/registry.ts";
import type { RunContext } from "../engine/engine.ts";
import type { KubeClient } from "../k8s/client.ts";
import { readManifests } from "../k8s/manifest.ts";
import { podsOfWorkload } from "../k8s/pods-of-workload.ts";
import { isHopeless, podProblem } from "../k8s/readiness.ts";
import type { AnyObject, ObjectRef } from "../k8s/types.ts";
import { ChoreoError, isChoreoError } from "../lib/errors.ts";
import { exec } from "../lib/exec.ts";
import { gistOf } from "../lib/program-error.ts";
import { layoutClusters } from "../plan/clusters.ts";
import { readContext } from "../source/context.ts";
import { packSource } from "../source/pack.ts";
import type { CallContext } from "./api.ts";
import { labelsOf, registrySpec } from "./ground-docker.ts";
import { LABELS, networkName } from "./identity.ts";
import { hashObjects } from "./manifests.ts";
import {
  type BuiltProgram,
  IMAGE_PLACEHOLDER,
  readyRefs,
  renderObjects,
  takesImage,
} from "./platform-component-objects.ts";
import { dockerOf, openSession, type Session } from "./session.ts";

/** On images in the local Docker: `down` removes them. */
export const COMPONENT_LABEL = "choreo.dev/platform-component";

/** A platform component as it is on disk now. */
export interface PreparedComponent {
  readonly spec: PlatformComponentSpec;
  readonly cluster: string;
  /** 64 hex digits of its source. */
  readonly digest: string;
  /** Short form of the digest: what `plan` and `status` show. */
  readonly version: string;
  /** Of source, manifests and how it is built: another one is rolled out. */
  readonly hash: string;
  readonly manifests: readonly AnyObject[];
}

/** Reads a platform component's source and manifests. `E_MANIFEST` when nothing in them runs what is built. */
export const prepareComponent = async (platform: Platform, spec: PlatformComponentSpec): Promise<PreparedComponent> => {
  const [{ digest }, read] = await Promise.all([readContext(spec.path), readManifests([spec.manifests], platform.dir)]);
  const manifests = read.map(({ object }) => object);
  if (!takesImage(manifests))
    throw new ChoreoError(
      "E_MANIFEST",
      `Nothing of platform component ${spec.name} runs what is built from its source`,
      {
        why: `no container in ${spec.manifests} has image: ${IMAGE_PLACEHOLDER}`,
        fix: `write image: ${IMAGE_PLACEHOLDER} where its image belongs`,
      },
    );
  const { build, dockerfile, path: folder } = spec;
  const how = { apiVersion: "v1", kind: "How", metadata: { name: spec.name }, build, dockerfile, folder, digest };
  return {
    ...{ spec, digest, manifests, cluster: clusterOf(platform, spec.plane) },
    version: digest.slice(0, 8),
    hash: hashObjects([...manifests, how]),
  };
};

const clusterOf = (platform: Platform, plane: string): string =>
  layoutClusters(platform).find(({ planes }) => planes.some(({ name }) => name === plane))?.name ?? platform.name;

/** Builds a platform component, applies its objects, removes those it has no more, and waits until it is ready. */
export const installComponent = async (
  session: Session,
  prepared: PreparedComponent,
  context: RunContext & { readonly timeoutMs?: number; readonly failFast?: boolean },
): Promise<void> => {
  const client = await session.client(prepared.cluster);
  // Before anything is applied: a build that fails leaves what runs as it is.
  const built = await buildProgram(session, prepared, context);
  const objects = renderObjects(prepared.manifests, built);
  const addon = asAddon(prepared, objects);
  await applyAddon(client, addon, objects, { hash: prepared.hash, ...context });
  const look = context.failFast === true ? () => crashOf(client, addon.ready, built.image, context.signal) : undefined;
  const { startedAt: nodeStart } = await session.handle(prepared.cluster);
  await waitForAddon(client, addon, { ...context, nodeStart, hopeless: look });
};

/** What is said of the pods that run this image and do not start; undefined while there is hope. */
const crashOf = async (
  client: KubeClient,
  workloads: readonly ObjectRef[],
  image: string,
  signal: AbortSignal,
): Promise<string | undefined> => {
  for (const ref of workloads) {
    const workload = await client.get(ref, { signal });
    const pods = workload === undefined ? [] : await podsOfWorkload(client, workload, signal);
    // Those of a version before may go on crashing until they are replaced.
    const own = pods.filter((pod) => JSON.stringify(pod["spec"]).includes(JSON.stringify(image)));
    const problem = own.map(podProblem).find((one) => one !== undefined && doesNotStart(one.reason));
    if (problem !== undefined) return `${problem.reason}: ${gistOf(problem.message)}`;
  }
  return undefined;
};

const doesNotStart = (reason: string): boolean => reason === "CrashLoopBackOff" || isHopeless(reason);

/** It is applied, observed and removed as an addon is: what it made is recorded in its cluster. */
const asAddon = ({ spec, version }: PreparedComponent, objects: readonly AnyObject[]): Addon => ({
  ...{ name: spec.name, version, planes: [], namespace: SYSTEM_NAMESPACE, cni: false, capabilities: [], needs: [] },
  ...{ images: [], sources: [], values: {}, variants: {}, parameters: {}, patches: [], manifests: [], dnsRewrites: [] },
  ready: readyRefs(objects),
});

/** Brings one platform component in step with its source, outside of an `up`. */
export const redeployComponent = async (
  loaded: LoadedConfig,
  spec: PlatformComponentSpec,
  { progress = () => undefined, timeoutMs, ...context }: RedeployOptions,
): Promise<PreparedComponent> => {
  const session = await openSession(loaded, context);
  try {
    const prepared = await prepareComponent(session.platform, spec);
    await installComponent(session, prepared, {
      progress,
      timeoutMs,
      signal: context.signal,
      retain: false,
      failFast: true,
    });
    return prepared;
  } finally {
    session.close();
  }
};

export interface RedeployOptions extends CallContext {
  readonly timeoutMs: number;
  readonly progress?: (message: string) => void;
}

const buildProgram = async (
  session: Session,
  { spec, digest, version }: PreparedComponent,
  { progress, signal }: RunContext,
): Promise<BuiltProgram> => {
  if (session.docker === undefined) {
    if (spec.build !== undefined) await runBuild(spec, "", { progress, signal });
    return { folder: spec.path, image: `${spec.name}:${version}`, digest: `sha256:${digest}` };
  }
  const { docker } = dockerOf(session);
  const network = await findNetwork(docker, networkName(session.platform.name));
  if (network?.subnet === undefined)
    throw new ChoreoError("E_DOCKER", "The platform's network is gone", { fix: "choreo-dev up again" });
  const { hostPort } = await ensureRegistry(docker, registrySpec(session.platform, session.identity, network.subnet));
  const repository = `platform/${session.platform.name}/${spec.name}`;
  // Docker pushes to the port of this machine; nodes pull by the registry's own name.
  const image = `127.0.0.1:${hostPort}/${repository}:latest`;
  progress("building");
  if (spec.build !== undefined) await runBuild(spec, image, { progress, signal });
  else await buildFromDockerfile(session, spec, { image, signal });
  progress("sending its image to the registry");
  return { image: `${REGISTRY_HOST}/${repository}@${await pushImage(docker, image, signal)}` };
};

const buildFromDockerfile = async (
  session: Session,
  { name, path: folder, dockerfile }: PlatformComponentSpec,
  { image, signal }: { readonly image: string; readonly signal: AbortSignal },
): Promise<void> => {
  const packed = await packSource(folder, (await readContext(folder)).files);
  try {
    const labels = { ...labelsOf(session.platform, session.identity), [COMPONENT_LABEL]: name };
    const { docker } = dockerOf(session);
    await buildImage(docker, { image, context: createReadStream(packed.file), dockerfile, labels, signal });
    const own = [`${LABELS.platform}=${session.platform.name}`, `${COMPONENT_LABEL}=${name}`];
    await removeImages(docker, own, { nameless: true });
  } finally {
    await packed.discard();
  }
};

/** The user's own command, in the source folder; `$IMAGE` in its words is the image that it has to make. */
const runBuild = async (
  { name, path: cwd, build = [] }: PlatformComponentSpec,
  image: string,
  { progress, signal }: Pick<RunContext, "progress" | "signal">,
): Promise<void> => {
  const [program = "", ...args] = build.map((word) => word.replaceAll("$IMAGE", image));
  try {
    await exec(program, args, { cwd, env: { IMAGE: image }, signal, onLine: (line) => progress(line) });
  } catch (error) {
    if (!isChoreoError(error, "E_COMMAND")) throw error;
    throw new ChoreoError("E_BUILD", `Platform component ${name} was not built`, {
      ...(error.why === undefined ? {} : { why: error.why }),
      evidence: [error.message, ...error.evidence],
      fix: "correct it; what runs was left as it is",
      cause: error,
    });
  }
};
