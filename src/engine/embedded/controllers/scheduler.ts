import type { AnyObject } from "../../../k8s/types.ts";
import type { Controller, ControllerContext } from "./context.ts";
import type { RecordEvent } from "./events.ts";
import type { SharedInformer } from "./informers.ts";
import { NODE, type Node, POD, type Pod } from "./kinds.ts";
import { createLoop } from "./loop.ts";
import { isDeleting, keyOf, splitKey } from "./owners.ts";
import { isFinished } from "./pods.ts";
import { misfitOf } from "./node-fit.ts";
import { conditionOf, timestamp, withoutCondition, writeStatus } from "./status.ts";

export interface SchedulerOptions {
  readonly nodeName: string;
  /** Puts a pod on a node; by default with a POST of a Binding to the collection `bindings`. */
  readonly bind?: (pod: Pod, nodeName: string) => Promise<void>;
}

interface Scheduler extends SchedulerOptions {
  readonly context: ControllerContext;
  readonly pods: SharedInformer<Pod>;
  readonly nodes: SharedInformer<Node>;
  readonly record: RecordEvent;
}

const NAME = "default-scheduler";

/** Puts pods on the one node, where it fits them, and says why where it does not. Requests for resources are not weighed. */
export const createScheduler = (context: ControllerContext, options: SchedulerOptions): Controller => {
  const { informers, events } = context;
  const world: Scheduler = {
    ...options,
    context,
    pods: informers.of<Pod>(POD),
    nodes: informers.of<Node>(NODE),
    record: events.from(NAME),
  };
  const loop = createLoop({ ...context, name: NAME, reconcile: (key) => reconcile(world, key) });
  world.pods.subscribe((_before, after) => {
    if (after !== undefined && isWaiting(after)) loop.add(keyOf(after));
  });
  world.nodes.subscribe(() => {
    for (const pod of world.pods.list()) if (isWaiting(pod)) loop.add(keyOf(pod));
  });
  return { name: NAME, run: () => loop.run() };
};

const isWaiting = (pod: Pod): boolean => {
  const { nodeName = "", schedulerName = NAME, schedulingGates = [] } = pod.spec;
  return (
    nodeName === "" && schedulerName === NAME && schedulingGates.length === 0 && !isDeleting(pod) && !isFinished(pod)
  );
};

const reconcile = async (world: Scheduler, key: string): Promise<undefined> => {
  const { namespace, name } = splitKey(key);
  const pod = world.pods.get(namespace, name);
  if (pod === undefined || !isWaiting(pod)) return;
  const node = world.nodes.get(undefined, world.nodeName);
  const misfit = node === undefined ? "no nodes available to schedule pods" : misfitOf(pod, node);
  if (misfit !== undefined) {
    await refuse(world, pod, node === undefined ? misfit : `0/1 nodes are available: 1 ${misfit}.`);
    return;
  }
  await (world.bind ?? bindThrough(world.context))(pod, world.nodeName);
  world.record(pod, "Normal", "Scheduled", `Successfully assigned ${namespace}/${name} to ${world.nodeName}`);
};

const bindThrough =
  ({ client }: ControllerContext) =>
  async ({ metadata }: Pod, nodeName: string): Promise<void> => {
    const { name, namespace = "", uid } = metadata;
    const target = { ...NODE, name: nodeName };
    const meta = { name, namespace, ...(uid === undefined ? {} : { uid }) };
    await client.create<AnyObject>({ apiVersion: "v1", kind: "Binding", metadata: meta, target });
  };

const refuse = async ({ context, record }: Scheduler, pod: Pod, message: string): Promise<void> => {
  const { client, clock } = context;
  const before = conditionOf(pod.status?.conditions, "PodScheduled");
  if (before?.status === "False" && before.reason === "Unschedulable" && before.message === message) return;
  const lastTransitionTime = before?.status === "False" ? before.lastTransitionTime : timestamp(clock.now());
  const condition = { type: "PodScheduled", status: "False", reason: "Unschedulable", message, lastTransitionTime };
  const conditions = [...withoutCondition(pod.status?.conditions ?? [], "PodScheduled"), condition];
  await writeStatus(client, pod, { ...pod.status, conditions });
  record(pod, "Warning", "FailedScheduling", message);
};
