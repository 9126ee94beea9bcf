import { SOURCE_FOLDER } from "../../controller/deployment/process.ts";
import { requireSlot, selectorText, slotLabels } from "../../controller/deployment/slot.ts";
import type { Deployment } from "../../crds/types.ts";
import type { KubeClient } from "../../k8s/client.ts";
import { startInformer } from "../../k8s/informer.ts";
import type { AnyObject } from "../../k8s/types.ts";
import { refOf } from "../../k8s/object-ref.ts";
import { isHopeless } from "../../k8s/readiness.ts";
import { linkAbort } from "../../lib/deadline.ts";
import { ChoreoError } from "../../lib/errors.ts";
import { programError } from "../../lib/program-error.ts";
import type { Classification } from "../classify.ts";
import type { FeedOptions } from "../sync/fed.ts";
import { digestTree } from "../watch/digest-tree.ts";
import { ignoreRules } from "../watch/ignore-rules.ts";
import { type Outcome, stopwatch } from "./outcome.ts";
import type { DevTarget } from "./targets.ts";

/** Annotation of a Deployment and, handed down, of its pods: digest of the folder that they were started from. */
export const SOURCE = SOURCE_FOLDER;

/** Starts the programs of a component again, unless they run from the folder as it is. */
export const restart = async ({
  target,
  deployment,
  decision,
  options,
}: {
  readonly target: DevTarget;
  readonly deployment: Deployment;
  readonly decision: Classification | undefined;
  readonly options: FeedOptions;
}): Promise<Outcome> => {
  const { folder } = target;
  if (decision?.action === "sync" && !decision.restart)
    return { path: "nothing", state: "ready", phases: [], message: "served from the folder" };
  const { digest } = await digestTree({ folder, rules: ignoreRules(folder), ...options });
  if (decision === undefined && deployment.metadata.annotations?.[SOURCE] === digest)
    return { path: "nothing", state: "ready", phases: [], message: "it runs already" };
  return restartFromFolder({ ...options, deployment, folder, digest });
};

interface RestartInput {
  readonly control: KubeClient;
  /** Client of the data plane. */
  readonly plane: KubeClient;
  readonly deployment: Deployment;
  readonly folder: string;
  /** Digest of the folder as it is now. */
  readonly digest: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Starts the programs of a component again from its folder, where pods are processes: a new pod is started, and the one
 * before it goes when the new one listens. One that crashes changes nothing of what is served.
 */
const restartFromFolder = async (input: RestartInput): Promise<Outcome> => {
  const { control, plane, deployment, digest, signal } = input;
  const watch = stopwatch();
  const ending = new AbortController();
  const unlink = linkAbort(signal, ending);
  const timer = setTimeout(() => ending.abort(timedOut(input)), input.timeoutMs);
  try {
    const settled = untilSettled(plane, deployment, { digest, signal: ending.signal });
    settled.catch(() => undefined);
    await control.mergePatch(
      refOf(deployment),
      { metadata: { annotations: { [SOURCE]: digest } } },
      { signal: ending.signal },
    );
    const { pod, ready } = await settled;
    watch.lap("start");
    if (ready) return { path: "restart", state: "ready", phases: watch.laps() };
    const message = whyWaiting(pod) ?? (await whyEnded(input, pod));
    return { path: "restart", state: "failed", phases: watch.laps(), message };
  } finally {
    clearTimeout(timer);
    ending.abort();
    unlink();
  }
};

const timedOut = ({ timeoutMs, deployment }: RestartInput): ChoreoError =>
  new ChoreoError("E_NOT_READY", `${deployment.metadata.name} is not ready after ${timeoutMs / 1000} s`, {
    why: "its program runs and does not listen on its port",
    fix: "choreo-dev logs COMPONENT",
  });

/** The pod of that source, when it alone is asked, has ended or cannot start. */
const untilSettled = (
  plane: KubeClient,
  deployment: Deployment,
  { digest, signal }: { readonly digest: string; readonly signal: AbortSignal },
): Promise<{ readonly pod: AnyObject; readonly ready: boolean }> =>
  new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    const options = {
      labelSelector: selectorText(slotLabels(requireSlot(deployment))),
      signal,
      onChange: () => look(),
    };
    const pods = startInformer(plane, { apiVersion: "v1", kind: "Pod" }, options);
    const slices = startInformer(plane, { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice" }, options);
    const look = (): void => {
      const own = pods
        .list()
        .filter(
          ({ metadata }) => metadata.annotations?.[SOURCE] === digest && metadata.deletionTimestamp === undefined,
        );
      const ended = own.find((pod) => stateOf(pod) === "ended");
      if (ended !== undefined) return resolve({ pod: ended, ready: false });
      const [ready] = own.filter((pod) => stateOf(pod) === "ready");
      if (ready !== undefined && slices.list().every((slice) => asksOnly(slice, own)))
        resolve({ pod: ready, ready: true });
    };
    // A component that serves nobody has no slices: then the pods' own news are all there is.
    void Promise.all([pods.synced, slices.synced]).then(look, () => undefined);
  });

interface SliceEndpoint {
  readonly conditions?: { readonly ready?: boolean };
  readonly targetRef?: { readonly name?: string };
}

/** Whether requests go to these pods, and to no other. */
const asksOnly = (slice: AnyObject, pods: readonly AnyObject[]): boolean => {
  const endpoints = ((slice["endpoints"] ?? []) as SliceEndpoint[]).filter(
    ({ conditions }) => conditions?.ready !== false,
  );
  const names = new Set(pods.map(({ metadata }) => metadata.name));
  return endpoints.length > 0 && endpoints.every(({ targetRef }) => names.has(targetRef?.name ?? ""));
};

interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly state?: {
    readonly terminated?: object;
    readonly waiting?: { readonly reason?: string; readonly message?: string };
  };
  readonly lastState?: { readonly terminated?: object };
}

interface PodStatus {
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  readonly containerStatuses?: readonly ContainerStatus[];
}

const statusOf = (pod: AnyObject): PodStatus => pod["status"] ?? {};

const stateOf = (pod: AnyObject): "ready" | "ended" | "starting" => {
  const { conditions = [], containerStatuses = [] } = statusOf(pod);
  if (conditions.some(({ type, status }) => type === "Ready" && status === "True")) return "ready";
  const ended = containerStatuses.some(
    ({ state, lastState }) => state?.terminated !== undefined || lastState?.terminated !== undefined,
  );
  return ended || whyWaiting(pod) !== undefined ? "ended" : "starting";
};

/** In the words of the node: why nothing of it can be started. */
const whyWaiting = (pod: AnyObject): string | undefined => {
  const waiting = (statusOf(pod).containerStatuses ?? []).map(({ state }) => state?.waiting);
  const hopeless = waiting.find((one) => isHopeless(one?.reason ?? ""));
  return hopeless?.message ?? hopeless?.reason;
};

const LINES = 30;

/** Logs of the run that ended; the next one may have begun already. */
const whyEnded = async ({ plane, folder, signal }: RestartInput, pod: AnyObject): Promise<string> => {
  const { name, namespace = "" } = pod.metadata;
  for (const previous of [true, false]) {
    try {
      let text = "";
      for await (const piece of plane.logs({ namespace, name }, { tailLines: LINES, previous, signal })) text += piece;
      const error = programError(text, folder);
      if (error !== undefined) return error;
    } catch {
      signal.throwIfAborted();
    }
  }
  return "the program ended without a word";
};
