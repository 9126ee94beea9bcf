import { isDeepStrictEqual } from "node:util";
import type { AnyObject } from "../../../k8s/types.ts";
import type { StatusCause } from "../api/status.ts";
import { invalidValue, notSupported, required } from "../schema/cause.ts";
import { type Fields, ensure, fill, fillZero, inner, items, text } from "./fields-of.ts";
import type { BuiltinKind } from "./kind.ts";
import { defaultPodTemplate } from "./pod-spec.ts";
import { validatePodSpec } from "./validate-pod.ts";

const MOST = 2 ** 31 - 1;

const defaultJobSpec = (spec: Fields): void => {
  // One pod that succeeds, unless the job says otherwise; with a number of workers only, they say themselves when it is done.
  if (spec["completions"] === undefined && spec["parallelism"] === undefined) spec["completions"] = 1;
  fill(spec, "parallelism", 1);
  fill(spec, "backoffLimit", spec["backoffLimitPerIndex"] === undefined ? 6 : MOST);
  fill(spec, "completionMode", "NonIndexed");
  fill(spec, "suspend", false);
  fill(spec, "manualSelector", false);
  fill(spec, "podReplacementPolicy", spec["podFailurePolicy"] === undefined ? "TerminatingOrFailed" : "Failed");
  for (const rule of items(spec, "podFailurePolicy", "rules"))
    for (const condition of items(rule, "onPodConditions")) fillZero(condition, "status", "True");
  defaultPodTemplate(spec);
};

export const JOB_KIND: BuiltinKind = {
  generation: true,
  defaults: (object) => {
    const spec = inner(object, "spec");
    if (spec === undefined) return;
    if (object.metadata.labels === undefined) {
      const labels = inner(spec, "template", "metadata", "labels") as Record<string, string> | undefined;
      if (labels !== undefined && Object.keys(labels).length > 0) object.metadata.labels = { ...labels };
    }
    defaultJobSpec(spec);
  },
  prepareCreate: (object) => {
    const spec = inner(object, "spec");
    if (spec !== undefined && spec["manualSelector"] !== true) select(object, spec);
  },
  validate: (object) => jobCauses(inner(object, "spec"), "spec"),
  validateUpdate: (object, old) => [...jobCauses(inner(object, "spec"), "spec"), ...immutable(object, old)],
};

export const CRON_JOB_KIND: BuiltinKind = {
  generation: true,
  defaults: (object) => {
    const spec = inner(object, "spec");
    if (spec === undefined) return;
    fillZero(spec, "concurrencyPolicy", "Allow");
    fill(spec, "suspend", false);
    fill(spec, "successfulJobsHistoryLimit", 3);
    fill(spec, "failedJobsHistoryLimit", 1);
    const template = inner(spec, "jobTemplate", "spec");
    if (template !== undefined) defaultPodTemplate(template);
  },
  validate: (object) => {
    const spec = inner(object, "spec");
    const job = inner(spec, "jobTemplate", "spec");
    return [...scheduleCauses(text(spec, "schedule")), ...jobCauses(job, "spec.jobTemplate.spec")];
  },
};

/** The pods of a job are those with its uid: nobody else's can be taken for them. */
const select = ({ metadata }: AnyObject, spec: Fields): void => {
  const { name, uid = "" } = metadata;
  const own = {
    "batch.kubernetes.io/controller-uid": uid,
    "batch.kubernetes.io/job-name": name,
    "controller-uid": uid,
    "job-name": name,
  };
  const template = ensure(ensure(spec, "template"), "metadata");
  template["labels"] = { ...(template["labels"] as object | undefined), ...own };
  metadata.labels = { ...metadata.labels, ...own };
  const selector = ensure(spec, "selector");
  const matchLabels = { ...(selector["matchLabels"] as object | undefined), "batch.kubernetes.io/controller-uid": uid };
  selector["matchLabels"] = matchLabels;
};

const scheduleCauses = (schedule: string): StatusCause[] => {
  if (schedule === "") return [required("spec.schedule")];
  const words = schedule.trim().split(/\s+/);
  if (schedule.startsWith("@") || words.length === 5) return [];
  return [
    invalidValue("spec.schedule", schedule, `expected exactly 5 fields, found ${words.length}: [${words.join(" ")}]`),
  ];
};

const jobCauses = (spec: Fields | undefined, path: string): StatusCause[] => {
  const template = inner(spec, "template", "spec");
  const policy = text(template, "restartPolicy");
  const negative = ["parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished"];
  return [
    ...negative.flatMap((field) => {
      const value = spec?.[field];
      return typeof value === "number" && value < 0
        ? [invalidValue(`${path}.${field}`, value, "must be greater than or equal to 0")]
        : [];
    }),
    ...validatePodSpec(template, `${path}.template.spec`),
    ...(policy === "OnFailure" || policy === "Never"
      ? []
      : [
          policy === "Always" || policy === ""
            ? required(`${path}.template.spec.restartPolicy`, 'valid values: "OnFailure", "Never"')
            : notSupported(`${path}.template.spec.restartPolicy`, policy, ["OnFailure", "Never"]),
        ]),
  ];
};

/** What may change of a job: nothing of its pods, unless it waits; its completions with its workers, when they are indexed. */
const immutable = (object: AnyObject, old: AnyObject): StatusCause[] => {
  const [spec, before] = [inner(object, "spec") ?? {}, inner(old, "spec") ?? {}];
  const isIndexed = before["completionMode"] === "Indexed";
  const scales = isIndexed && spec["completions"] === spec["parallelism"];
  const waits = before["suspend"] === true && inner(old, "status")?.["startTime"] === undefined;
  const fixed = [
    ...(scales ? [] : ["completions"]),
    "selector",
    ...(waits ? [] : ["template"]),
    "completionMode",
    "backoffLimitPerIndex",
    "podFailurePolicy",
  ];
  return fixed
    .filter((field) => !isDeepStrictEqual(spec[field], before[field]))
    .map((field) => invalidValue(`spec.${field}`, spec[field], "field is immutable"));
};
