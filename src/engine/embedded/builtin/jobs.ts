import type { AnyObject } from "../../../k8s/types.ts";
import { type Fields, ensure, fill, fillZero, inner, items } from "./fields-of.ts";
import type { BuiltinKind } from "./kind.ts";
import { defaultPodTemplate } from "./pod-spec.ts";
import { validateCronJob } from "./validate-cron-job.ts";
import { generatedLabels, jobChange, validateJob } from "./validate-job.ts";

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
      if (labels !== undefined && Object.keys(labels).length > 0) {
        object.metadata.labels = { ...labels };
        sharesLabels.add(object);
      }
    }
    defaultJobSpec(spec);
  },
  prepareCreate: (object) => {
    const spec = inner(object, "spec");
    if (spec !== undefined && spec["manualSelector"] !== true) select(object, spec);
  },
  validate: validateJob,
  validateUpdate: (object, old) => [...validateJob(object), ...jobChange(object, old)],
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
  validate: validateCronJob,
};

/** The pods of a job are those with its uid: nobody else's can be taken for them. What the user set stays, to be refused. */
const select = (object: AnyObject, spec: Fields): void => {
  const { metadata } = object;
  const own = generatedLabels(metadata);
  const template = ensure(ensure(spec, "template"), "metadata");
  template["labels"] = { ...own, ...(template["labels"] as object | undefined) };
  // Labels that were the template's are so still, as Go shares the map; a copy is made of an object whose name is generated.
  const isShared = sharesLabels.has(object) && (metadata.generateName ?? "") === "";
  if (isShared || metadata.labels === undefined) metadata.labels = { ...own, ...metadata.labels };
  const selector = ensure(spec, "selector");
  const matchLabels = {
    ...(selector["matchLabels"] as object | undefined),
    "batch.kubernetes.io/controller-uid": metadata.uid,
  };
  selector["matchLabels"] = matchLabels;
};

const sharesLabels = new WeakSet<AnyObject>();
