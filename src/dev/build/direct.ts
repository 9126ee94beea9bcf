import { readFile } from "node:fs/promises";
import path from "node:path";
import { buildPlaces } from "../../controller/build/places.ts";
import type { ToldBuild } from "../../controller/build/told.ts";
import { nameOf } from "../../controller/hierarchy.ts";
import { CHOREO_API } from "../../crds/labels.ts";
import { generateName, LIMITS } from "../../crds/names.ts";
import type { BuildPlane, Component, DeploymentTrack } from "../../crds/types.ts";
import { REGISTRY_HOST } from "../../docker/registry.ts";
import type { KubeClient } from "../../k8s/client.ts";
import { execInPod, type ExecResult } from "../../k8s/exec.ts";
import type { AnyObject, Endpoint } from "../../k8s/types.ts";
import { readIfExists } from "../../lib/fs.ts";
import { packageRoot } from "../../lib/package-root.ts";
import { sourceRepository } from "../../source/artifact.ts";
import { DESCRIPTOR_FILES } from "../../source/descriptor-files.ts";
import { exposedPort, hasTestStage } from "../../source/dockerfile.ts";

/** The build plane as a dev session uses it: its BuildKit is called without a workflow around it. */
export interface BuildDaemon {
  /** Client of the build plane. */
  readonly client: KubeClient;
  readonly endpoint: Endpoint;
}

export interface DirectBuild {
  readonly component: Component;
  readonly track: DeploymentTrack;
  /** Without a registry. */
  readonly repository: string;
  /** Digest of the packed source, which is in the registry. */
  readonly source: string;
  /** The source's own revision. */
  readonly revision: string;
  readonly folder: string;
  readonly signal: AbortSignal;
}

/**
 * Builds a packed source by one call of the build plane's BuildKit: the context is fetched from the registry by its digest, only
 * layers that the registry has not got are pushed. Undefined for what needs more than that: then a workflow builds it.
 */
export const buildDirectly = async (
  { client, endpoint }: BuildDaemon,
  control: KubeClient,
  build: DirectBuild,
): Promise<ToldBuild | undefined> => {
  const recipe = await recipeOf(build);
  if (recipe === undefined || (await hasOwnRegistries(control, build))) return undefined;
  const began = performance.now();
  const image = `${build.repository}:${generateName(LIMITS.tag, nameOf(build.track))}-${build.revision.slice(0, 8)}`;
  const context = `http://${REGISTRY_HOST}/v2/${sourceRepository(build.repository)}/blobs/${build.source}`;
  const script = await readFile(path.join(packageRoot(), "build-steps", "direct.sh"), "utf8");
  const { file, hasTest, text } = recipe;
  const words = [context, `${REGISTRY_HOST}/${image}`, file, hasTest ? "yes" : ""];
  const result = await exec({ client, endpoint }, ["sh", "-c", script, "direct", ...words], build.signal);
  const digest = /sha256:[0-9a-f]{64}/.exec(result?.stdout ?? "")?.[0];
  if (result === undefined || isForWorkflow(result)) return undefined;
  const tookMs = performance.now() - began;
  if (result.code !== 0 || digest === undefined)
    return {
      tookMs,
      outputs: {},
      failure: { step: hasFailedTests(result) ? "test" : "build", message: whatFailed(result.stderr) },
    };
  const outputs = {
    image: `${image}@${digest}`,
    test: hasTest ? "ran" : "skipped",
    ...(await describing(build.folder)),
  };
  return { tookMs, outputs: { ...outputs, port: exposedPort(text) } };
};

/** By the exit code of `build-steps/direct.sh`; a Dockerfile that cannot be read fails there first. */
const hasFailedTests = ({ code, stderr }: ExecResult): boolean => code === 3 && !/dockerfile parse error/.test(stderr);

interface Recipe {
  /** Dockerfile, from the context. */
  readonly file: string;
  readonly text: string;
  readonly hasTest: boolean;
}

/** How the source is built; undefined when nothing simple says it. */
const recipeOf = async ({ track, folder }: DirectBuild): Promise<Recipe | undefined> => {
  const { buildConfiguration = {}, path: below = "." } = track.spec.buildTemplateSpec ?? {};
  const { buildpack, workflowTemplate } = buildConfiguration;
  if (buildpack !== undefined || workflowTemplate !== undefined) return undefined;
  const { context, dockerfile: file = "Dockerfile" } = buildPlaces(track.spec.buildTemplateSpec);
  if (!isTop(below) || !isTop(context)) return undefined;
  const own = await readIfExists(path.join(folder, file));
  // Without one the steps of the workflow know what the source looks like, and have a Dockerfile for it.
  if (own === undefined) return undefined;
  return { file, text: own, hasTest: hasTestStage(own) };
};

const isTop = (folder: string): boolean => path.posix.normalize(`/${folder}`) === "/";

/** A plane may push to registries of its own, with credentials that only its workflows have. */
const hasOwnRegistries = async (control: KubeClient, { component, signal }: DirectBuild): Promise<boolean> => {
  const { namespace } = component.metadata;
  const planes = await control.list<BuildPlane>({ apiVersion: CHOREO_API, kind: "BuildPlane" }, { namespace, signal });
  return planes.items.some(({ spec }) => spec.registries?.some(({ prefix }) => prefix !== REGISTRY_HOST));
};

const DAEMON = { namespace: "choreo-build", labelSelector: "app=buildkitd" };

/** Undefined when the daemon does not run, or cannot be called. */
const exec = async (
  { client, endpoint }: BuildDaemon,
  command: readonly string[],
  signal: AbortSignal,
): Promise<ExecResult | undefined> => {
  const { items } = await client.list({ apiVersion: "v1", kind: "Pod" }, { ...DAEMON, signal });
  const pod = items.find(isRunning);
  if (pod === undefined) return undefined;
  return execInPod(endpoint, { pod: { namespace: DAEMON.namespace, name: pod.metadata.name }, command, signal }).catch(
    () => {
      signal.throwIfAborted();
      return undefined;
    },
  );
};

const isRunning = (pod: AnyObject): boolean =>
  (pod["status"] as { phase?: string } | undefined)?.phase === "Running" &&
  pod.metadata.deletionTimestamp === undefined;

/** A base image that the registry has not got yet: the workflow's controller brings it there. */
const isForWorkflow = ({ code, stderr }: ExecResult): boolean =>
  code === undefined || (code !== 0 && /failed to resolve source metadata for /.test(stderr));

const LINES = 12;

/** What the failing step has printed, and BuildKit's own last word with the lines of the Dockerfile. */
const whatFailed = (log: string): string => {
  const lines = log
    .split("\n")
    .map((line) => line.trimEnd().replace(/^#\d+ (?:\d+\.\d+ )?/, ""))
    .filter((line) => line !== "" && !/^(?:DONE|CACHED|\[internal\]|transferring|sha256:)/.test(line));
  const error = lines.findLast((line) => line.startsWith("error: ")) ?? lines.at(-1) ?? "it failed without a word";
  const at = lines.findIndex((line) => /^\S*Dockerfile\S*:\d+$/.test(line));
  const place = at === -1 ? "" : ` (${lines[at] ?? ""})`;
  const before = lines.filter((line) => line !== error && !/^-+$|^>+ /.test(line)).slice(-LINES);
  return [`${error.replace(/^error: (?:failed to solve: )?/, "")}${place}`, ...before].join("\n");
};

/** What the source says of its endpoints: the outputs of the step that clones. */
const describing = async (folder: string): Promise<Record<string, string>> => {
  const entries = await Promise.all(
    Object.entries(DESCRIPTOR_FILES).map(async ([name, file]) => [
      name,
      (await readIfExists(path.join(folder, file))) ?? "",
    ]),
  );
  return Object.fromEntries(entries) as Record<string, string>;
};
