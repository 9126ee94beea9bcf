import type { KubeClient } from "../../../k8s/client.ts";
import { isKubeError } from "../../../k8s/errors.ts";
import type { AnyObject, ObjectRef } from "../../../k8s/types.ts";
import { type Clock, systemClock } from "../../../lib/clock.ts";
import { linkAbort } from "../../../lib/deadline.ts";
import { messageOf } from "../../../lib/errors.ts";
import { manyListeners } from "../../../lib/many-listeners.ts";
import type { Log } from "../controllers/context.ts";
import { type Informers, type SharedInformer, createInformers } from "../controllers/informers.ts";
import { createLoop } from "../controllers/loop.ts";
import { afterEnd, cleanUpPods } from "./after.ts";
import { LABELS } from "./pod/marks.ts";
import { reconcile } from "./reconcile.ts";
import { API_VERSION, type Workflow } from "./types.ts";

export interface WorkflowControllerOptions {
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly clock?: Clock;
  /** Shared with others of the same cluster; they must outlive the controller. */
  readonly informers?: Informers;
}

export interface WorkflowController {
  /** Resolves when it has seen all workflows and pods and works; rejects when it was stopped before. */
  readonly ready: Promise<void>;
  /** Resolves when the last call is done. */
  stop(): Promise<void>;
}

/** Runs the workflows of a cluster. It needs the kinds of `argoproj.io`, and goes on where another one stopped. */
export const startWorkflowController = (client: KubeClient, options: WorkflowControllerOptions): WorkflowController => {
  const { clock = systemClock, log } = options;
  const stopping = new AbortController();
  const unlink = linkAbort(options.signal, stopping);
  const signal = manyListeners(stopping.signal);
  const informers = options.informers ?? createInformers(client, signal);
  const workflows = informers.of<Workflow>({ apiVersion: API_VERSION, kind: "Workflow" });
  const pods = informers.of<AnyObject>({ apiVersion: "v1", kind: "Pod" });
  const loop = createLoop({
    name: "workflow",
    clock,
    signal,
    log,
    reconcile: (key) => work({ client, clock, workflows, pods }, key),
  });
  const ends = [
    workflows.subscribe(
      (_before, after) => after !== undefined && loop.add(keyOf(after.metadata.namespace, after.metadata.name)),
    ),
    pods.subscribe((before, after) => {
      const { namespace, labels } = (after ?? before)?.metadata ?? {};
      const workflow = labels?.[LABELS.workflow];
      if (workflow !== undefined) loop.add(keyOf(namespace, workflow));
    }),
  ];
  const ready = Promise.all([workflows.synced, pods.synced]).then(() => signal.throwIfAborted());
  const ended = ready
    .then(() => loop.run())
    .catch((error: unknown) => void (signal.aborted ? 0 : log("error", `workflow ended: ${messageOf(error)}`)));
  return {
    ready,
    stop: async () => {
      stopping.abort(new Error("the workflow controller was stopped"));
      unlink();
      for (const end of ends) end();
      await ended;
    },
  };
};

const keyOf = (namespace: string | undefined, name: string): string => `${namespace ?? ""}/${name}`;

interface Parts {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly workflows: SharedInformer<Workflow>;
  readonly pods: SharedInformer<AnyObject>;
}

/** One turn of one workflow. */
const work = async ({ client, clock, workflows, pods }: Parts, key: string): Promise<number | undefined> => {
  const [namespace = "", name = ""] = key.split("/");
  const seen = workflows.get(namespace, name);
  if (seen === undefined || seen.metadata.deletionTimestamp !== undefined) return undefined;
  const own = pods.controlledBy(seen.metadata.uid ?? "");
  const isOver = seen.metadata.labels?.[LABELS.completed] === "true";
  if (isOver) return await afterEnd({ client, workflow: seen, pods: own, nowMs: clock.now() });
  // The copy may be behind what this very controller wrote: a turn on an old status would do things twice.
  const workflow = await client.get<Workflow>({ apiVersion: API_VERSION, kind: "Workflow", name, namespace });
  if (workflow === undefined || workflow.metadata.uid !== seen.metadata.uid) return undefined;
  if (workflow.metadata.labels?.[LABELS.completed] === "true") return undefined;
  const refOf = (pod: string): ObjectRef => ({ apiVersion: "v1", kind: "Pod", name: pod, namespace });
  const { status, wakeInMs } = await reconcile({
    client,
    workflow,
    pods: own,
    nowMs: clock.now(),
    findPod: async (pod) => await client.get(refOf(pod)),
    deletePod: async (pod) => void (await client.delete(refOf(pod), { propagation: "Background" })),
    startPod: async (pod) => {
      try {
        await client.create(pod);
      } catch (error) {
        // Made in a turn whose status was lost.
        const existing = isKubeError(error, 409) ? await client.get(refOf(pod.metadata.name)) : undefined;
        if (existing?.metadata.ownerReferences?.some(({ uid }) => uid === workflow.metadata.uid) !== true) throw error;
      }
    },
  });
  const next = withStatus(workflow, status);
  if (JSON.stringify(next) !== JSON.stringify(workflow)) await client.replace(next);
  await cleanUpPods({ client, workflow: next, pods: own });
  return wakeInMs;
};

const withStatus = (workflow: Workflow, status: NonNullable<Workflow["status"]>): Workflow => {
  const { phase, finishedAt } = status;
  const labels = {
    ...workflow.metadata.labels,
    ...(phase === undefined ? {} : { [LABELS.phase]: phase }),
    ...(phase === undefined ? {} : { [LABELS.completed]: String(finishedAt !== undefined && finishedAt !== null) }),
  };
  const annotations = { ...workflow.metadata.annotations, "workflows.argoproj.io/pod-name-format": "v2" };
  return { ...workflow, metadata: { ...workflow.metadata, labels, annotations }, status };
};
