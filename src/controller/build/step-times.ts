import type { AnyObject } from "../../k8s/types.ts";
import { STEPS, stepName } from "./steps.ts";

/** When a step began and ended, as `status.steps` of a Build has it. */
export interface StepTime {
  readonly name: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly finishedAt?: string;
}

interface TimedNode {
  readonly displayName?: string;
  readonly phase?: string;
  readonly startedAt?: string | null;
  readonly finishedAt?: string | null;
}

/**
 * Times of the steps that have begun, in their order. The containers of a set are started together and wait for each
 * other: a step begins when the one before it has ended.
 */
export const stepTimes = (workflow: AnyObject): readonly StepTime[] => {
  const { nodes = {} } = (workflow["status"] ?? {}) as { nodes?: Readonly<Record<string, TimedNode>> };
  const times: StepTime[] = [];
  let before = "";
  for (const { condition, names } of STEPS) {
    const node = Object.values(nodes).find(({ displayName = "" }) =>
      (names as readonly string[]).includes(displayName),
    );
    if (!node?.startedAt || node.phase === "Pending") break;
    const startedAt = before > node.startedAt ? before : node.startedAt;
    const finishedAt = node.finishedAt ?? undefined;
    times.push({ name: stepName(condition), startedAt, ...(finishedAt !== undefined && { finishedAt }) });
    if (node.phase !== "Succeeded" || finishedAt === undefined) break;
    before = finishedAt;
  }
  return times;
};
