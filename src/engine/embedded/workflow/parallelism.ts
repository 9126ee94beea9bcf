import type { Execution, Run } from "./run.ts";
import { type Node, isFulfilled } from "./types.ts";

/** Whether one more node may start: within the pods that the workflow may have, and those of the calling template. */
export const mayStart = (run: Run, { boundaryId }: Execution, isPod: boolean): boolean => {
  const active = [...run.nodes.values()].filter((node) => !isFulfilled(node));
  if (isPod && active.filter(({ type }) => type === "Pod").length >= (run.spec.parallelism ?? Infinity)) return false;
  return (
    boundaryId === undefined || active.filter((node) => isStarted(node, boundaryId)).length < limitOf(run, boundaryId)
  );
};

const isStarted = (node: Node, boundaryId: string): boolean =>
  node.boundaryID === boundaryId && ["Pod", "Steps", "DAG"].includes(node.type);

const limitOf = (run: Run, boundaryId: string): number => run.limits.get(boundaryId) ?? Infinity;
