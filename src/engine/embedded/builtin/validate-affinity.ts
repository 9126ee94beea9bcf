import type { StatusCause } from "../api/status.ts";
import { forbidden, invalidValue, required } from "../schema/cause.ts";
import { qualifiedName } from "../schema/names.ts";
import { type Fields, inner, items, number, text, texts } from "./fields-of.ts";
import { validateSelector } from "./validate-selector.ts";

const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution";

/** Problems of where a pod wants to be, and next to whom. */
export const validateAffinity = (affinity: Fields | undefined, path: string): StatusCause[] => [
  ...validateNodeAffinity(inner(affinity, "nodeAffinity"), `${path}.nodeAffinity`),
  ...["podAffinity", "podAntiAffinity"].flatMap((kind) =>
    validatePodAffinity(inner(affinity, kind), `${path}.${kind}`),
  ),
];

const validateNodeAffinity = (affinity: Fields | undefined, path: string): StatusCause[] => {
  const needed = inner(affinity, REQUIRED);
  const here = `${path}.${REQUIRED}.nodeSelectorTerms`;
  const terms = items(needed, "nodeSelectorTerms");
  return [
    ...(needed !== undefined && terms.length === 0
      ? [required(here, "must have at least one node selector term")]
      : terms.flatMap((term, at) => validateTerm(term, `${here}[${at}]`))),
    ...items(affinity, PREFERRED).flatMap((one, at) => [
      ...validateWeight(one, `${path}.${PREFERRED}[${at}]`),
      ...validateTerm(inner(one, "preference") ?? {}, `${path}.${PREFERRED}[${at}].preference`),
    ]),
  ];
};

const validateTerm = (term: Fields, path: string): StatusCause[] =>
  items(term, "matchExpressions").flatMap((one, at) => validateRequirement(one, `${path}.matchExpressions[${at}]`));

const validateRequirement = (requirement: Fields, path: string): StatusCause[] => {
  const [key, operator] = [text(requirement, "key"), text(requirement, "operator")];
  return [
    ...validateValues(operator, texts(requirement, "values"), path),
    ...qualifiedName(key).map((why) => invalidValue(`${path}.key`, key, why)),
  ];
};

const validateValues = (operator: string, values: readonly string[], path: string): StatusCause[] => {
  const here = `${path}.values`;
  switch (operator) {
    case "In":
    case "NotIn":
      return values.length > 0 ? [] : [required(here, "must be specified when `operator` is 'In' or 'NotIn'")];
    case "Exists":
    case "DoesNotExist":
      return values.length === 0
        ? []
        : [forbidden(here, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")];
    case "Gt":
    case "Lt":
      return values.length === 1
        ? []
        : [required(here, "must be specified single value when `operator` is 'Lt' or 'Gt'")];
    default:
      return [invalidValue(`${path}.operator`, operator, "not a valid selector operator")];
  }
};

const validateWeight = (one: Fields, path: string): StatusCause[] => {
  const weight = number(one, "weight");
  return weight >= 1 && weight <= 100 ? [] : [invalidValue(`${path}.weight`, weight, "must be in the range 1-100")];
};

const validatePodAffinity = (affinity: Fields | undefined, path: string): StatusCause[] => [
  ...items(affinity, REQUIRED).flatMap((term, at) => validatePodTerm(term, `${path}.${REQUIRED}[${at}]`)),
  ...items(affinity, PREFERRED).flatMap((one, at) => [
    ...validateWeight(one, `${path}.${PREFERRED}[${at}]`),
    ...validatePodTerm(inner(one, "podAffinityTerm") ?? {}, `${path}.${PREFERRED}[${at}].podAffinityTerm`),
  ]),
];

const validatePodTerm = (term: Fields, path: string): StatusCause[] => {
  const key = text(term, "topologyKey");
  return [
    ...["labelSelector", "namespaceSelector"].flatMap((name) =>
      validateSelector(inner(term, name) ?? {}, `${path}.${name}`),
    ),
    ...(key === "" ? [required(`${path}.topologyKey`, "can not be empty")] : []),
    ...qualifiedName(key).map((why) => invalidValue(`${path}.topologyKey`, key, why)),
  ];
};
