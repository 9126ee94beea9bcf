import type { StatusCause } from "../api/status.ts";
import { forbidden, invalidValue, required } from "../schema/cause.ts";
import { labelCauses } from "../schema/metadata.ts";
import { labelValue, qualifiedName } from "../schema/names.ts";
import { type Fields, items, text, textMap, texts } from "./fields-of.ts";

const OPERATORS = new Set(["In", "NotIn", "Exists", "DoesNotExist"]);

/** Problems of a selector by labels and expressions. */
export const validateSelector = (selector: Fields, path: string): StatusCause[] => [
  ...labelCauses(textMap(selector, "matchLabels"), `${path}.matchLabels`),
  ...items(selector, "matchExpressions").flatMap((one, at) =>
    validateRequirement(one, `${path}.matchExpressions[${at}]`),
  ),
];

const validateRequirement = (requirement: Fields, path: string): StatusCause[] => {
  const [key, operator, values] = [
    text(requirement, "key"),
    text(requirement, "operator"),
    texts(requirement, "values"),
  ];
  const needsValues = operator === "In" || operator === "NotIn";
  return [
    ...(needsValues && values.length === 0
      ? [required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'")]
      : []),
    ...(!needsValues && OPERATORS.has(operator) && values.length > 0
      ? [forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")]
      : []),
    ...(OPERATORS.has(operator) ? [] : [invalidValue(`${path}.operator`, operator, "not a valid selector operator")]),
    ...qualifiedName(key).map((why) => invalidValue(`${path}.key`, key, why)),
    ...values.flatMap((value, at) => labelValue(value).map((why) => invalidValue(`${path}.values[${at}]`, value, why))),
  ];
};

/** Whether a selector asks for nothing at all, which would be every pod. */
export const isEmptySelector = (selector: Fields | undefined): boolean =>
  Object.keys(textMap(selector, "matchLabels")).length === 0 && items(selector, "matchExpressions").length === 0;

/** Whether labels are what a selector without problems asks for. None at all matches nothing. */
export const selects = (selector: Fields | undefined, labels: Readonly<Record<string, string>>): boolean =>
  selector !== undefined &&
  Object.entries(textMap(selector, "matchLabels")).every(([key, value]) => valueOf(labels, key) === value) &&
  items(selector, "matchExpressions").every((one) => meets(one, valueOf(labels, text(one, "key"))));

const meets = (requirement: Fields, value: string | undefined): boolean => {
  const values = texts(requirement, "values");
  switch (text(requirement, "operator")) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    default:
      return value === undefined;
  }
};

const valueOf = (labels: Readonly<Record<string, string>>, key: string): string | undefined =>
  Object.hasOwn(labels, key) ? labels[key] : undefined;
