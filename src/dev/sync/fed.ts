import { ANNOTATIONS } from "../../crds/labels.ts";
import type { Deployment } from "../../crds/types.ts";
import type { KubeClient } from "../../k8s/client.ts";
import { refOf } from "../../k8s/object-ref.ts";
import { withDeadline } from "../../lib/deadline.ts";
import { ChoreoError } from "../../lib/errors.ts";
import { poll } from "../../lib/poll.ts";
import { programError } from "../../lib/program-error.ts";
import type { Classification } from "../classify.ts";
import { type Outcome, stopwatch } from "../loop/outcome.ts";
import type { DevTarget } from "../loop/targets.ts";
import type { DigestCache } from "../watch/digest-cache.ts";
import { recordEntry, treeRecord } from "../watch/digest-tree.ts";
import { ignoreRules } from "../watch/ignore-rules.ts";
import { readAnswer, untilTaken } from "./acks.ts";
import type { ShimState } from "./manifest.ts";
import type { SyncChange, SyncFolder } from "./sync-folder.ts";
import { type SyncPods, watchSyncPods } from "./sync-pods.ts";

export interface FeedOptions {
  readonly control: KubeClient;
  /** Client of the data plane. */
  readonly plane: KubeClient;
  /** Folder of the platform's builds. */
  readonly builds: string;
  /** The host's side of the sync mount. */
  readonly dir: string;
  readonly cache: DigestCache;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** How the pods of a component are fed. */
export interface Feeding {
  readonly target: DevTarget;
  readonly deployment: Deployment;
  readonly folder: SyncFolder;
  /** Annotation by which its pods are known, and its value. */
  readonly mark: readonly [annotation: string, value: string];
  /** Whether a program is started again, rather than files read anew. */
  readonly hasShim: boolean;
  /** Whether saved files are copied over those of an image. */
  readonly isOverImage: boolean;
  /** Where the program has its files: its errors name them from there. */
  readonly root: string;
  /** What a change writes, and where to; undefined when the pods cannot take it. */
  readonly changesOf: (files: readonly string[]) => readonly SyncChange[] | undefined;
  readonly options: FeedOptions;
}

/** A component whose pods are fed with saves. */
export interface Fed {
  readonly deployment: Deployment;
  /** Brings a save to the pods. Undefined: it asks for more than that. */
  save(decision: Classification): Promise<Outcome | undefined>;
  /** Paths of what is another than what the pods have. */
  behind(): Promise<readonly string[]>;
  /** Waits until its pods are ready, and alone; or tells why the program in one of them has ended. */
  settle(): Promise<Pick<Outcome, "state" | "message">>;
  /** Whether its pods serve what no image has. */
  hasUnbuilt(): boolean;
  close(): void;
}

export const feed = async (feeding: Feeding): Promise<Fed> => {
  const { target, deployment, folder, options, isOverImage } = feeding;
  const { plane, signal } = options;
  const pods = await watchSyncPods(plane, { deployment, mark: feeding.mark, signal });
  return {
    deployment,
    save: (decision) => save(feeding, pods, decision),
    behind: async () => {
      const [before = {}, now] = await Promise.all([folder.recorded(), recordOf(target, options)]);
      return [...new Set([...Object.keys(before), ...Object.keys(now)])].filter((file) => before[file] !== now[file]);
    },
    settle: () => settle(feeding, pods),
    hasUnbuilt: () => isOverImage && folder.hasSaves(),
    close: () => pods.close(),
  };
};

/** What the component's folder holds now. */
export const recordOf = (
  { folder }: DevTarget,
  { cache, signal }: Pick<FeedOptions, "cache" | "signal">,
): Promise<Record<string, string>> => treeRecord({ folder, rules: ignoreRules(folder), cache, signal });

/** The gateway hears that a pod leaves, and asks it for the last time: its throttle of 100 ms and what it takes itself. */
const GATEWAY_MS = 300;

const settle = async (feeding: Feeding, pods: SyncPods): Promise<Pick<Outcome, "state" | "message">> => {
  const { target, folder, root, isOverImage, options } = feeding;
  const { timeoutMs, signal } = options;
  let aloneSince: number | undefined;
  const failure = await poll<ShimState | "alone">(
    async () => {
      aloneSince = pods.areAlone() ? (aloneSince ?? performance.now()) : undefined;
      if (aloneSince !== undefined) {
        const isAsked = isOverImage && pods.isOneLeaving() && performance.now() - aloneSince < GATEWAY_MS;
        return isAsked ? { done: false, missing: "the gateway" } : { done: true, value: "alone" };
      }
      const answer = await readAnswer({ state: folder.state, generation: folder.generation(), pods: pods.running() });
      if (answer !== undefined && answer.phase !== "ready") return { done: true, value: answer };
      return { done: false, missing: "its pods in dev mode" };
    },
    {
      ...{ what: `${target.name} to take saved files`, timeoutMs, intervalMs: 10, maxIntervalMs: 50, signal },
      ...{ code: "E_NOT_READY", fix: `choreo-dev logs ${target.name}` },
    },
  );
  return failure === "alone" ? { state: "ready" } : { state: "failed", message: whyFailed(failure, root) };
};

const save = async (feeding: Feeding, pods: SyncPods, decision: Classification): Promise<Outcome | undefined> => {
  const { folder, hasShim, root } = feeding;
  const files = decision.changes.filter(({ action }) => action === "sync").map((change) => change.path);
  const changes = feeding.changesOf(files);
  if (changes === undefined || (hasShim && pods.running().length === 0)) return undefined;
  // Where there is no image, a start is all that a change of dependencies can ask for.
  const restarts = hasShim && (decision.restart || decision.action === "rebuild");
  if (!restarts && changes.length === 0)
    return { path: "nothing", state: "ready", phases: [], message: "served from the folder" };
  const watch = stopwatch();
  const isFirst = feeding.isOverImage && !folder.hasSaves();
  const generation = await folder.write(changes, restarts);
  if (changes.length > 0) watch.lap("copy");
  void note(feeding, { files: decision.changes.map((change) => change.path), isFirst }).catch(() => undefined);
  const path = changes.length === 0 ? "restart" : restarts ? "sync → restart" : "sync";
  if (hasShim) {
    const state = await untilAnswered(feeding, pods, generation);
    watch.lap(restarts ? "start" : "take");
    if (state.phase !== "ready")
      return { path, state: "failed", phases: watch.laps(), message: whyFailed(state, root) };
    // Where it is the first that works, what served until now has to go.
    if (!pods.areAlone()) {
      await settle(feeding, pods);
      watch.lap("rollout");
    }
  }
  return { path, state: "ready", phases: watch.laps() };
};

/**
 * Nobody waits for it: what the pods have is for the next session, and that they have what no image has is for whoever wants to
 * promote them.
 */
const note = async (
  { target, deployment, folder, options }: Feeding,
  { files, isFirst }: { readonly files: readonly string[]; readonly isFirst: boolean },
): Promise<void> => {
  const { control, signal, cache } = options;
  const record = { ...(await folder.recorded()) };
  for (const file of files) {
    const entry = await recordEntry(target.folder, file, cache);
    if (entry === undefined) delete record[file];
    else record[file] = entry;
  }
  await folder.record(record);
  const unbuilt = { metadata: { annotations: { [ANNOTATIONS.unbuilt]: "true" } } };
  if (isFirst) await control.mergePatch(refOf(deployment), unbuilt, { signal });
};

const untilAnswered = ({ folder, options, target }: Feeding, pods: SyncPods, generation: number): Promise<ShimState> =>
  withDeadline(
    {
      signal: options.signal,
      timeoutMs: options.timeoutMs,
      expired: () =>
        new ChoreoError("E_NOT_READY", `${target.name} is not ready after ${options.timeoutMs / 1000} s`, {
          why: "its program runs and does not listen on its port",
          fix: `choreo-dev logs ${target.name}`,
        }),
    },
    (signal) => untilTaken({ state: folder.state, generation, pods: () => pods.running(), signal }),
  );

const whyFailed = ({ error = "" }: ShimState, root: string): string =>
  programError(error, root) ?? "the program ended without a word";
