import type { Pod } from "../kinds.ts";
import type { FailureRule, Job } from "./types.ts";

export interface Verdict {
  /** Whether the failure counts towards the back-off limit. */
  readonly counts: boolean;
  /** Why the whole job fails for it. */
  readonly failsJob?: string;
}

/** What a job's policy says of a pod that failed; the first rule that matches decides. */
export const judgeFailure = (job: Job, pod: Pod): Verdict => {
  const rules = job.spec.podFailurePolicy?.rules ?? [];
  if (pod.status?.phase !== "Failed") return { counts: true };
  for (const [at, rule] of rules.entries()) {
    const match = matchOf(rule, pod);
    if (match === undefined) continue;
    if (rule.action === "Ignore") return { counts: false };
    if (rule.action !== "FailJob") return { counts: true };
    return { counts: true, failsJob: `${match} matching FailJob rule at index ${at}` };
  }
  return { counts: true };
};

const matchOf = ({ onExitCodes, onPodConditions }: FailureRule, pod: Pod): string | undefined => {
  const who = `pod ${pod.metadata.namespace}/${pod.metadata.name}`;
  if (onExitCodes !== undefined) {
    const { containerName, operator, values } = onExitCodes;
    const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])];
    for (const { name, state } of statuses) {
      const code = state?.terminated?.exitCode ?? 0;
      if (code === 0 || (containerName !== undefined && containerName !== name)) continue;
      if (values.includes(code) === (operator === "In")) {
        return `Container ${name} for ${who} failed with exit code ${code}`;
      }
    }
    return undefined;
  }
  for (const { type, status = "True" } of onPodConditions ?? []) {
    const found = pod.status?.conditions?.some((condition) => condition.type === type && condition.status === status);
    if (found === true) return `Pod ${pod.metadata.namespace}/${pod.metadata.name} has condition ${type}`;
  }
  return undefined;
};
