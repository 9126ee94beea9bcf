import type { AnyObject } from "../../../k8s/types.ts";
import type { StatusCause } from "../api/status.ts";
import { parseSchedule } from "../cron/schedule.ts";
import { zonedTime } from "../cron/zone.ts";
import { invalidValue, notSupported, required } from "../schema/cause.ts";
import { type Fields, inner, text } from "./fields-of.ts";
import { validateJobSpec } from "./validate-job.ts";
import { notNegative, oneOf } from "./validate-values.ts";

/** The names of its jobs are eleven characters longer, and a label on each of their pods. */
const LONGEST_NAME = 52;
const ZONES = "https://www.iana.org/time-zones";

export const validateCronJob = (object: AnyObject): StatusCause[] => {
  const spec = inner(object, "spec") ?? {};
  const { name } = object.metadata;
  return [
    ...validateSchedule(text(spec, "schedule"), "spec.schedule"),
    ...notNegative(spec, "spec", ["startingDeadlineSeconds"]),
    ...validateZone(spec["timeZone"], "spec.timeZone"),
    ...oneOf(spec, "concurrencyPolicy", "spec", ["Allow", "Forbid", "Replace"]),
    ...validateJobTemplate(inner(spec, "jobTemplate", "spec") ?? {}, "spec.jobTemplate.spec"),
    ...notNegative(spec, "spec", ["successfulJobsHistoryLimit", "failedJobsHistoryLimit"]),
    ...(name.length > LONGEST_NAME
      ? [invalidValue("metadata.name", name, `must be no more than ${LONGEST_NAME} characters`)]
      : []),
  ];
};

const validateSchedule = (schedule: string, path: string): StatusCause[] => {
  if (schedule === "") return [required(path)];
  if (schedule.includes("TZ"))
    return [invalidValue(path, schedule, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead")];
  const problem = problemOf(() => parseSchedule(schedule, "UTC"));
  return problem === undefined ? [] : [invalidValue(path, schedule, problem)];
};

const validateZone = (zone: unknown, path: string): StatusCause[] => {
  if (typeof zone !== "string") return [];
  if (zone === "") return [invalidValue(path, zone, "timeZone must be nil or non-empty string")];
  if (zone.toLowerCase() === "local")
    return [invalidValue(path, zone, `timeZone must be an explicit time zone as defined in ${ZONES}`)];
  return problemOf(() => zonedTime(0, zone)) === undefined
    ? []
    : [invalidValue(path, zone, `unknown time zone ${zone}`)];
};

const problemOf = (read: () => unknown): string | undefined => {
  try {
    read();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

/** The server selects the pods of the jobs. */
const validateJobTemplate = (spec: Fields, path: string): StatusCause[] => [
  ...validateJobSpec(spec, path),
  ...(spec["selector"] === undefined
    ? []
    : [invalidValue(`${path}.selector`, spec["selector"], "`selector` will be auto-generated")]),
  ...(spec["manualSelector"] === true ? [notSupported(`${path}.manualSelector`, true, ["nil", "false"])] : []),
];
