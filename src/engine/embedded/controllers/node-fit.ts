import type { Node, NodeSelectorTerm, Pod, Toleration } from "./kinds.ts";
import { isTrue } from "./status.ts";
import { matchesLabels, meets } from "./selector.ts";

/** Why a pod cannot be on a node, in the scheduler's words; undefined when it can. */
export const misfitOf = ({ spec }: Pod, node: Node): string | undefined => {
  const { labels } = node.metadata;
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  const isWanted = required === undefined || required.some((term) => matchesTerm(term, node));
  if (!matchesLabels(spec.nodeSelector, labels) || !isWanted)
    return "node(s) didn't match Pod's node affinity/selector";
  const taint = (node.spec?.taints ?? []).find(
    ({ effect, ...rest }) => effect !== "PreferNoSchedule" && !tolerates(spec.tolerations, { effect, ...rest }),
  );
  if (taint !== undefined) return `node(s) had untolerated taint {${taint.key}: ${taint.value ?? ""}}`;
  if (node.spec?.unschedulable === true) return "node(s) were unschedulable";
  return isTrue(node.status?.conditions, "Ready") ? undefined : "node(s) were not ready";
};

/** A term that asks for nothing matches nothing. */
const matchesTerm = ({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm, { metadata }: Node): boolean =>
  matchExpressions.length + matchFields.length > 0 &&
  matchExpressions.every((requirement) => meets(requirement, metadata.labels?.[requirement.key])) &&
  matchFields.every((requirement) => requirement.key === "metadata.name" && meets(requirement, metadata.name));

const tolerates = (
  tolerations: readonly Toleration[] = [],
  taint: { readonly key: string; readonly value?: string; readonly effect: string },
): boolean =>
  tolerations.some(({ key, operator = "Equal", value, effect }) => {
    if ((effect ?? "") !== "" && effect !== taint.effect) return false;
    if ((key ?? "") === "") return operator === "Exists";
    return key === taint.key && (operator === "Exists" || (value ?? "") === (taint.value ?? ""));
  });
