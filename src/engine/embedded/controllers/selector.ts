import type { LabelSelector, Requirement } from "./kinds.ts";

type Labels = Readonly<Record<string, string>> | undefined;

/** Whether a selector matches labels. A missing selector matches nothing, an empty one everything. */
export const matchesSelector = (selector: LabelSelector | undefined, labels: Labels): boolean =>
  selector !== undefined &&
  matchesLabels(selector.matchLabels, labels) &&
  (selector.matchExpressions ?? []).every((requirement) => meets(requirement, valueOf(labels, requirement.key)));

/** Whether all wanted labels are there. */
export const matchesLabels = (wanted: Labels, labels: Labels): boolean =>
  Object.entries(wanted ?? {}).every(([key, value]) => valueOf(labels, key) === value);

/** Whether a value, or its absence, is what the requirement asks for. An unknown operator is never met. */
export const meets = ({ operator, values = [] }: Requirement, value: string | undefined): boolean => {
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "Gt":
      return value !== undefined && Number.parseInt(value, 10) > Number.parseInt(values[0] ?? "", 10);
    case "Lt":
      return value !== undefined && Number.parseInt(value, 10) < Number.parseInt(values[0] ?? "", 10);
    default:
      return false;
  }
};

const valueOf = (labels: Labels, key: string): string | undefined =>
  labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined;
