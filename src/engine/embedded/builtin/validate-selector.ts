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
