import type { StatusCause } from "../api/status.ts";
import { matchesSelector } from "../controllers/selector.ts";
import { forbidden, invalidValue, notSupported, required } from "../schema/cause.ts";
import { annotationCauses, labelCauses } from "../schema/metadata.ts";
import { type Fields, inner, items, text, textMap } from "./fields-of.ts";
import { validatePodSpec } from "./validate-pod.ts";
import { isEmptySelector, validateSelector } from "./validate-selector.ts";

/** Problems of a template of pods. */
export const validateTemplate = (template: Fields | undefined, path: string): StatusCause[] => [
  ...labelCauses(textMap(inner(template, "metadata"), "labels"), `${path}.labels`),
  ...annotationCauses(textMap(inner(template, "metadata"), "annotations"), `${path}.annotations`),
  ...validatePodSpec(inner(template, "spec"), `${path}.spec`),
  ...(items(template, "spec", "ephemeralContainers").length > 0
    ? [forbidden(`${path}.spec.ephemeralContainers`, "ephemeral containers not allowed in pod template")]
    : []),
];

/** What a workload that keeps its pods running asks of them, `kind` in the words of the message. */
export const validateLasting = (template: Fields | undefined, path: string, kind: string): StatusCause[] => {
  const spec = inner(template, "spec");
  const policy = text(spec, "restartPolicy");
  return [
    ...(policy === "Always" || policy === "" ? [] : [notSupported(`${path}.spec.restartPolicy`, policy, ["Always"])]),
    ...(spec?.["activeDeadlineSeconds"] === undefined
      ? []
      : [forbidden(`${path}.spec.activeDeadlineSeconds`, `activeDeadlineSeconds in ${kind} is not Supported`)]),
  ];
};

/** Problems of the selector that all of a workload's pods have to match. `kind` in the words of the message. */
export const validateOwnSelector = (selector: Fields | undefined, path: string, kind: string): StatusCause[] => {
  if (selector === undefined) return [required(path)];
  return [
    ...validateSelector(selector, path),
    ...(isEmptySelector(selector) ? [invalidValue(path, selector, `empty selector is invalid for ${kind}`)] : []),
  ];
};

/** A workload whose pods are not its own would make more and more of them. */
export const validateMatch = (
  selector: Fields | undefined,
  template: Fields | undefined,
  path: string,
): StatusCause[] => {
  const labels = inner(template, "metadata", "labels");
  return matchesSelector(selector, textMap(inner(template, "metadata"), "labels"))
    ? []
    : [invalidValue(`${path}.metadata.labels`, labels ?? null, "`selector` does not match template `labels`")];
};
