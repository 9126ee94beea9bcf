import type { Bound } from "./execute.ts";
import { type Run, setPhase } from "./run.ts";
import { durationMs } from "./duration.ts";
import type { Node } from "./types.ts";

/** Waits: for its duration, or until somebody sets the node's phase. */
export const executeSuspend = (run: Run, { template, node: make }: Bound): Node => {
  const node = make("Suspend", "Running");
  node.progress ??= "0/1";
  const { duration } = template.suspend ?? {};
  if (duration === undefined) return node;
  const leftMs = Date.parse(node.startedAt ?? "") + durationMs(duration) - run.nowMs;
  if (leftMs <= 0) return setPhase(run, node, "Succeeded");
  run.wakeAfter(leftMs);
  return node;
};
