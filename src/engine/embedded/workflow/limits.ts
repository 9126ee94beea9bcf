import { podOf } from "./pod/find.ts";
import { type Run, setPhase } from "./run.ts";
import { type Node, isFulfilled } from "./types.ts";

const EXCEEDED = "Step exceeded its deadline";

/** What follows the end of a workflow, a step or a task: it may run when all else may not. */
export const isOnExit = (name: string): boolean => /\.onExit(\W|$)/.test(name);

/** Ends what is running when the workflow was told to stop or its time is over. */
export const endByLimits = async (run: Run): Promise<void> => {
  const leftMs = deadlineMs(run) - run.nowMs;
  if (leftMs < Infinity) run.wakeAfter(leftMs > 0 ? leftMs : Math.max(1000, leftMs + KUBELET_MS));
  for (const node of run.nodes.values()) {
    if (isFulfilled(node)) continue;
    if (node.type === "Suspend") {
      const why = forbids(run, node.name)
        ? `Stopped with strategy '${run.spec.shutdown ?? ""}'`
        : isLate(run, node.name)
          ? EXCEEDED
          : undefined;
      if (why !== undefined) setPhase(run, node, "Failed", why);
    } else if (node.type === "Pod") await endPod(run, node);
  }
};

/** A pod has the deadline too and ends by it, if it has begun and is not held up. */
const KUBELET_MS = 10_000;

const endPod = async (run: Run, node: Node): Promise<void> => {
  const isStopped = forbids(run, node.name);
  const lateMs = node.phase === "Pending" ? 0 : KUBELET_MS;
  if (!isStopped && !isLate(run, node.name, lateMs)) return;
  const pod = podOf(run, node);
  if (pod !== undefined) await run.deletePod(pod.metadata.name);
  setPhase(run, node, "Failed", isStopped ? `workflow shutdown with strategy:  ${run.spec.shutdown ?? ""}` : EXCEEDED);
};

/** Seconds that are left for a pod that begins now; undefined: for ever. */
export const secondsLeft = (run: Run, name: string): number | undefined => {
  const leftMs = deadlineMs(run) - run.nowMs;
  return isOnExit(name) || leftMs === Infinity ? undefined : Math.max(1, Math.floor(leftMs / 1000));
};

/** Why a node that is not there yet must not begin. */
export const whyNotStarted = (run: Run, name: string): string | undefined => {
  if (forbids(run, name)) return `workflow shutdown with strategy: ${run.spec.shutdown ?? ""}`;
  return isLate(run, name) ? EXCEEDED : undefined;
};

const forbids = ({ spec: { shutdown } }: Run, name: string): boolean =>
  shutdown === "Terminate" || (shutdown === "Stop" && !isOnExit(name));

const isLate = (run: Run, name: string, graceMs = 0): boolean =>
  !isOnExit(name) && run.nowMs >= deadlineMs(run) + graceMs;

const deadlineMs = ({ spec: { activeDeadlineSeconds }, workflow }: Run): number =>
  activeDeadlineSeconds === undefined
    ? Infinity
    : Date.parse(workflow.status?.startedAt ?? "") + activeDeadlineSeconds * 1000;
