import type { AnyObject } from "../../../k8s/types.ts";
import { storedVersionsOf } from "./default-definition.ts";
import { type DefinitionCondition, type DefinitionStatus, specOf, statusIn } from "./definition.ts";
import { namesAccepted } from "./names-accepted.ts";

/**
 * The status that a definition gets beside others: accepted names and the conditions `NamesAccepted` and `Established`.
 * `now`: RFC 3339, for conditions that change. A definition stays established once it was.
 */
export const statusOf = (definition: AnyObject, others: readonly AnyObject[], now: string): DefinitionStatus => {
  const old = statusIn(definition);
  const { names, accepted, reason, message } = namesAccepted(definition, others);
  const before = new Map((old.conditions ?? []).map((condition) => [condition.type, condition]));
  const change = (next: Omit<DefinitionCondition, "lastTransitionTime">): DefinitionCondition => {
    const last = before.get(next.type);
    return {
      ...next,
      lastTransitionTime: last !== undefined && last.status === next.status ? last.lastTransitionTime : now,
    };
  };
  const naming = change({ type: "NamesAccepted", status: accepted ? "True" : "False", reason, message });
  const wasEstablished = before.get("Established");
  const established =
    wasEstablished?.status === "True"
      ? wasEstablished
      : change(
          accepted
            ? {
                type: "Established",
                status: "True",
                reason: "InitialNamesAccepted",
                message: "the initial names have been accepted",
              }
            : { type: "Established", status: "False", reason: "NotAccepted", message: "not all names are accepted" },
        );
  const mine = new Set(["NamesAccepted", "Established"]);
  const rest = (old.conditions ?? []).filter(({ type }) => !mine.has(type));
  return {
    ...old,
    acceptedNames: names,
    conditions: [naming, established, ...rest],
    storedVersions: storedVersionsOf(specOf(definition), old.storedVersions ?? []),
  };
};
