import { podOf } from "./pod/assess.ts";
import { type Run, setPhase } from "./run.ts";
import { type Node, isFulfilled } from "./types.ts";

const EXCEEDED = "Step exceeded its deadline";

/** What follows the end of a workflow, a step or a task: it may run when all else may not. */
export const isOnExit = (name: string): boolean => /\.onExit(\W|$)/.test(name);

/** Ends what is running when the workflow was told to stop or its time is over. */
export const endByLimits = async (run: Run): Promise<void> => {
  const leftMs = deadlineMs(run) - run.nowMs;
  if (leftMs > 0 && leftMs < Infinity) run.wakeAfter(leftMs);
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

const endPod = async (run: Run, node: Node): Promise<void> => {
  const why = forbids(run, node.name)
    ? `workflow shutdown with strategy:  ${run.spec.shutdown ?? ""}`
    : isLate(run, node.name)
      ? EXCEEDED
      : undefined;
  if (why === undefined) return;
  const pod = podOf(run, node);
  if (pod !== undefined) await run.deletePod(pod.metadata.name);
  setPhase(run, node, "Failed", why);
};

/** Why a node that is not there yet must not begin. */
export const whyNotStarted = (run: Run, name: string): string | undefined => {
  if (forbids(run, name)) return `workflow shutdown with strategy: ${run.spec.shutdown ?? ""}`;
  return isLate(run, name) ? EXCEEDED : undefined;
};

const forbids = ({ spec: { shutdown } }: Run, name: string): boolean =>
  shutdown === "Terminate" || (shutdown === "Stop" && !isOnExit(name));

const isLate = (run: Run, name: string): boolean => !isOnExit(name) && run.nowMs >= deadlineMs(run);

const deadlineMs = ({ spec: { activeDeadlineSeconds }, workflow }: Run): number =>
  activeDeadlineSeconds === undefined
    ? Infinity
    : Date.parse(workflow.status?.startedAt ?? "") + activeDeadlineSeconds * 1000;
