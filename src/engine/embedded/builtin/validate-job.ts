import { isDeepStrictEqual } from "node:util";
import type { AnyObject } from "../../../k8s/types.ts";
import type { StatusCause } from "../api/status.ts";
import { duplicate, invalidValue, notSupported, required } from "../schema/cause.ts";
import { qualifiedName } from "../schema/names.ts";
import { type Fields, inner, items, number, text, textMap } from "./fields-of.ts";
import { validateSelector } from "./validate-selector.ts";
import { validateMatch, validateTemplate } from "./validate-template.ts";
import { notNegative, oneOf } from "./validate-values.ts";

const COUNTS = [
  ...["parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished"],
  ...["backoffLimitPerIndex", "maxFailedIndexes"],
];
const ACTIONS = ["Count", "FailIndex", "FailJob", "Ignore"];
const REPLACEMENTS = ["Failed", "TerminatingOrFailed"];
/** A domain and a path: `example.com/name`. */
const MANAGER = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?\/[^\s]+$/;

/** Problems of a job whose selector and labels are there. */
export const validateJob = (object: AnyObject): StatusCause[] => {
  const spec = inner(object, "spec") ?? {};
  const selector = inner(spec, "selector");
  const problems = selector === undefined ? [required("spec.selector")] : validateSelector(selector, "spec.selector");
  return [
    ...(spec["manualSelector"] === true || selector === undefined ? [] : validateGenerated(object, spec, selector)),
    ...validateJobSpec(spec, "spec"),
    ...problems,
    ...(selector === undefined || problems.length === 0
      ? validateMatch(selector, inner(spec, "template"), "spec.template")
      : []),
  ];
};

/** What the server gave to a job is not the user's to change: nobody else's pods may be taken for those of the job. */
const validateGenerated = ({ metadata }: AnyObject, spec: Fields, selector: Fields): StatusCause[] => {
  const labels = textMap(inner(spec, "template", "metadata"), "labels");
  const generated = generatedLabels(metadata);
  const matches = { "batch.kubernetes.io/controller-uid": metadata.uid };
  return [
    ...Object.entries(generated).flatMap(([name, value]) =>
      labels[name] === value
        ? []
        : [invalidValue(`spec.template.metadata.labels[${name}]`, labels, `must be '${value}'`)],
    ),
    ...(isDeepStrictEqual({ ...selector }, { matchLabels: matches })
      ? []
      : [invalidValue("spec.selector", selector, "`selector` not auto-generated")]),
  ];
};

/** The labels by which a job knows its pods. */
export const generatedLabels = ({ name, uid = "" }: AnyObject["metadata"]): Readonly<Record<string, string>> => ({
  "batch.kubernetes.io/controller-uid": uid,
  "batch.kubernetes.io/job-name": name,
  "controller-uid": uid,
  "job-name": name,
});

/** Problems of what a job and the template of one have in common. */
export const validateJobSpec = (spec: Fields, path: string): StatusCause[] => {
  const template = inner(spec, "template");
  const [policy, failures] = [text(inner(template, "spec"), "restartPolicy"), inner(spec, "podFailurePolicy")];
  const here = `${path}.template.spec.restartPolicy`;
  return [
    ...notNegative(spec, path, COUNTS),
    ...validateManager(text(spec, "managedBy"), `${path}.managedBy`),
    ...validateCompletions(spec, path),
    ...items(failures, "rules").flatMap((rule, at) =>
      validateFailureRule(rule, spec, `${path}.podFailurePolicy.rules[${at}]`),
    ),
    ...validateSuccess(spec, path),
    ...oneOf(spec, "podReplacementPolicy", path, failures === undefined ? REPLACEMENTS : REPLACEMENTS.slice(0, 1)),
    ...validateTemplate(template, `${path}.template`),
    ...(policy === "Always" || policy === "" ? [required(here, 'valid values: "OnFailure", "Never"')] : []),
    ...(policy === "" ? [] : onlyEnding(policy, here)),
    ...(failures === undefined || policy === "Never"
      ? []
      : [invalidValue(here, policy, 'only "Never" is supported when podFailurePolicy is specified')]),
  ];
};

const onlyEnding = (policy: string, path: string): StatusCause[] =>
  ["Always", "OnFailure", "Never"].includes(policy) ? [] : [notSupported(path, policy, ["OnFailure", "Never"])];

const validateManager = (manager: string, path: string): StatusCause[] =>
  manager === "" || MANAGER.test(manager)
    ? []
    : [invalidValue(path, manager, 'must be a domain-prefixed path (such as "acme.io/foo")')];

const validateCompletions = (spec: Fields, path: string): StatusCause[] => {
  const [mode, completions, mostFailed] = [text(spec, "completionMode"), spec["completions"], spec["maxFailedIndexes"]];
  const withoutLimit =
    mostFailed !== undefined && spec["backoffLimitPerIndex"] === undefined
      ? [required(`${path}.backoffLimitPerIndex`, "when maxFailedIndexes is specified")]
      : [];
  if (mode === "Indexed")
    return [
      ...(completions === undefined ? [required(`${path}.completions`, "when completion mode is Indexed")] : []),
      ...withoutLimit,
      ...(number(spec, "maxFailedIndexes") > number(spec, "completions")
        ? [invalidValue(`${path}.maxFailedIndexes`, mostFailed, "must be less than or equal to completions")]
        : []),
    ];
  return [
    ...withoutLimit,
    ...oneOf(spec, "completionMode", path, ["NonIndexed", "Indexed"]),
    ...["backoffLimitPerIndex", "maxFailedIndexes"].flatMap((name) =>
      spec[name] === undefined ? [] : [invalidValue(`${path}.${name}`, spec[name], "requires indexed completion mode")],
    ),
  ];
};

const validateFailureRule = (rule: Fields, spec: Fields, path: string): StatusCause[] => {
  const [action, codes, conditions] = [
    text(rule, "action"),
    inner(rule, "onExitCodes"),
    items(rule, "onPodConditions"),
  ];
  const perIndex = spec["backoffLimitPerIndex"] !== undefined;
  return [
    ...(action === "FailIndex" && !perIndex
      ? [invalidValue(`${path}.action`, action, "requires the backoffLimitPerIndex to be set")]
      : []),
    ...(action === ""
      ? [required(`${path}.action`, `valid values: [${ACTIONS.map((action) => JSON.stringify(action)).join(" ")}]`)]
      : []),
    ...oneOf(rule, "action", path, ACTIONS),
    ...(codes === undefined ? [] : validateExitCodes(codes, spec, `${path}.onExitCodes`)),
    ...conditions.flatMap((one, at) => validateCondition(one, `${path}.onPodConditions[${at}]`)),
    ...(codes !== undefined && conditions.length > 0
      ? [withoutValue(path, "specifying both OnExitCodes and OnPodConditions is not supported")]
      : []),
    ...(codes === undefined && conditions.length === 0
      ? [withoutValue(path, "specifying one of OnExitCodes and OnPodConditions is required")]
      : []),
  ];
};

const validateCondition = (condition: Fields, path: string): StatusCause[] => {
  const type = text(condition, "type");
  return [
    ...qualifiedName(type).map((why) => invalidValue(`${path}.type`, type, why)),
    ...oneOf(condition, "status", path, ["False", "True", "Unknown"]),
  ];
};

const validateExitCodes = (codes: Fields, spec: Fields, path: string): StatusCause[] => {
  const values = (Array.isArray(codes["values"]) ? codes["values"] : []).filter((one) => typeof one === "number");
  const here = `${path}.values`;
  const isOrdered = values.every((value, at) => at === 0 || (values[at - 1] ?? 0) <= value);
  const container = text(codes, "containerName");
  const isKnown = ["containers", "initContainers"].some((list) =>
    items(spec, "template", "spec", list).some((one) => text(one, "name") === container),
  );
  const unknown = "must be one of the container or initContainer names in the pod template";
  return [
    ...oneOf(codes, "operator", path, ["In", "NotIn"]),
    ...(container === "" || isKnown ? [] : [invalidValue(`${path}.containerName`, container, unknown)]),
    ...(values.length === 0 ? [invalidValue(here, values, "at least one value is required")] : []),
    ...values.flatMap((value, at) => [
      ...(values.indexOf(value) < at ? [duplicate(`${here}[${at}]`, value)] : []),
      ...(value === 0 && codes["operator"] === "In"
        ? [invalidValue(`${here}[${at}]`, value, "must not be 0 for the In operator")]
        : []),
    ]),
    ...(isOrdered ? [] : [invalidValue(here, values, "must be ordered")]),
  ];
};

const validateSuccess = (spec: Fields, path: string): StatusCause[] => {
  const success = inner(spec, "successPolicy");
  if (success === undefined) return [];
  const here = `${path}.successPolicy`;
  const rules = items(success, "rules");
  if (spec["completionMode"] !== "Indexed")
    return [invalidValue(here, { goFields: { Rules: rules.map(goRule) } }, "requires indexed completion mode")];
  return rules.length === 0
    ? [required(`${here}.rules`, "at least one rules must be specified when the successPolicy is specified")]
    : rules.flatMap((rule, at) => validateSuccessRule(rule, `${here}.rules[${at}]`, number(spec, "completions")));
};

const validateSuccessRule = (rule: Fields, path: string, completions: number): StatusCause[] => {
  const [count, indexes] = [rule["succeededCount"], rule["succeededIndexes"]];
  if (count === undefined && indexes === undefined)
    return [required(path, "at least one of succeededCount or succeededIndexes must be specified")];
  const most = `must be less than or equal to ${completions} (the number of specified completions)`;
  const tooLarge = text(rule, "succeededIndexes")
    .match(/\d+/g)
    ?.find((index) => Number(index) >= completions);
  const problem = `error parsing succeededIndexes: too large index: ${JSON.stringify(tooLarge)}`;
  return [
    ...(tooLarge === undefined ? [] : [invalidValue(`${path}.succeededIndexes`, indexes, problem)]),
    ...notNegative(rule, path, ["succeededCount"]),
    ...(number(rule, "succeededCount") > completions ? [invalidValue(`${path}.succeededCount`, count, most)] : []),
  ];
};

/** A rule as Go prints it. */
const goRule = (rule: Fields): object => ({
  SucceededIndexes: rule["succeededIndexes"] ?? null,
  SucceededCount: rule["succeededCount"] === undefined ? null : number(rule, "succeededCount"),
});

const withoutValue = (field: string, why: string): StatusCause => ({
  reason: "FieldValueInvalid",
  message: `Invalid value: ${why}`,
  field,
});

/** What may change of a job: nothing of its pods, unless it waits; its completions with its workers, when they are indexed. */
export const jobChange = (object: AnyObject, old: AnyObject): StatusCause[] => {
  const [spec, before] = [inner(object, "spec") ?? {}, inner(old, "spec") ?? {}];
  const isIndexed = before["completionMode"] === "Indexed";
  const scales = isIndexed && spec["completions"] === spec["parallelism"];
  const waits = before["suspend"] === true && inner(old, "status")?.["startTime"] === undefined;
  const [templates, fixed] = [
    waits ? [spec, before].map(unscheduled) : [spec["template"], before["template"]],
    [
      ...(scales ? [] : ["completions"]),
      ...["selector", "completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy", "successPolicy"],
    ],
  ];
  const changed = fixed.filter((field) => !isDeepStrictEqual(spec[field], before[field]));
  if (!isDeepStrictEqual(templates[0], templates[1])) changed.push("template");
  const order = ["completions", "selector", "template"];
  return changed
    .toSorted((a, b) => rank(order, a) - rank(order, b))
    .map((field) => invalidValue(`spec.${field}`, spec[field], "field is immutable"));
};

const rank = (order: readonly string[], field: string): number =>
  order.includes(field) ? order.indexOf(field) : order.length;

const DIRECTIVES = ["nodeSelector", "tolerations", "affinity", "schedulingGates"];

/** A template without what may change while its job waits: where its pods will run, and how they are labelled. */
const unscheduled = (spec: Fields): unknown => {
  const template = inner(spec, "template") ?? {};
  const { labels: _labels, annotations: _annotations, ...metadata } = inner(template, "metadata") ?? {};
  const kept = Object.entries(inner(template, "spec") ?? {}).filter(([name]) => !DIRECTIVES.includes(name));
  return { metadata, spec: Object.fromEntries(kept) };
};
