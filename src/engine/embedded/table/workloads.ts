import type { AnyObject } from "../../../k8s/types.ts";
import { inner, items, number, text, textMap } from "../builtin/fields-of.ts";
import { humanDuration, since } from "./age.ts";
import {
  AGE,
  type Cell,
  type Column,
  NAME,
  at,
  column,
  labelsText,
  numberAt,
  selectorText,
  templateColumns,
  wide,
} from "./column.ts";

const spec = (field: string): Cell => numberAt("spec", field);
const status = (field: string): Cell => numberAt("status", field);
const count = (name: string, cell: Cell): Column => column(name, cell, "integer");

const SELECTOR = wide("Selector", (object) => selectorText(inner(object, "spec", "selector")));
const TEMPLATE = [...templateColumns("spec", "template"), SELECTOR];

export const DEPLOYMENT_COLUMNS: readonly Column[] = [
  NAME,
  column(
    "Ready",
    (object, now) => `${String(status("readyReplicas")(object, now))}/${String(spec("replicas")(object, now))}`,
  ),
  // Declared as texts, filled with numbers.
  column("Up-to-date", status("updatedReplicas")),
  column("Available", status("availableReplicas")),
  AGE,
  ...TEMPLATE,
];

export const REPLICA_SET_COLUMNS: readonly Column[] = [
  NAME,
  count("Desired", spec("replicas")),
  count("Current", status("replicas")),
  count("Ready", status("readyReplicas")),
  AGE,
  ...TEMPLATE,
];

export const REPLICATION_CONTROLLER_COLUMNS: readonly Column[] = [
  ...REPLICA_SET_COLUMNS.slice(0, -1),
  wide("Selector", (object) => labelsText(textMap(inner(object, "spec"), "selector")) || "<none>"),
];

export const STATEFUL_SET_COLUMNS: readonly Column[] = [
  NAME,
  column(
    "Ready",
    (object, now) => `${String(status("readyReplicas")(object, now))}/${String(spec("replicas")(object, now))}`,
  ),
  AGE,
  ...templateColumns("spec", "template"),
];

export const DAEMON_SET_COLUMNS: readonly Column[] = [
  NAME,
  count("Desired", status("desiredNumberScheduled")),
  count("Current", status("currentNumberScheduled")),
  count("Ready", status("numberReady")),
  count("Up-to-date", status("updatedNumberScheduled")),
  count("Available", status("numberAvailable")),
  column(
    "Node Selector",
    (object) => labelsText(textMap(inner(object, "spec", "template", "spec"), "nodeSelector")) || "<none>",
  ),
  AGE,
  ...TEMPLATE,
];

export const POD_TEMPLATE_COLUMNS: readonly Column[] = [
  NAME,
  ...templateColumns("template").map((one) => ({ ...one, priority: 0 })),
  column("Pod Labels", (object) => labelsText(textMap(inner(object, "template", "metadata"), "labels")) || "<none>"),
];

export const JOB_COLUMNS: readonly Column[] = [
  NAME,
  column("Status", (job) => jobStatus(job)),
  column("Completions", (job) => completions(job)),
  column("Duration", (job, now) => duration(job, now)),
  AGE,
  ...TEMPLATE,
];

const jobStatus = (job: AnyObject): string => {
  const has = (type: string): boolean =>
    items(job, "status", "conditions").some((one) => one["type"] === type && one["status"] === "True");
  if (has("Complete")) return "Complete";
  if (has("Failed")) return "Failed";
  if (job.metadata.deletionTimestamp !== undefined) return "Terminating";
  if (has("Suspended")) return "Suspended";
  if (has("FailureTarget")) return "FailureTarget";
  if (has("SuccessCriteriaMet")) return "SuccessCriteriaMet";
  return "Running";
};

const completions = (job: AnyObject): string => {
  const done = number(inner(job, "status"), "succeeded");
  const wanted = inner(job, "spec")?.["completions"];
  if (typeof wanted === "number") return `${done}/${wanted}`;
  const workers = number(inner(job, "spec"), "parallelism");
  return workers > 1 ? `${done}/1 of ${workers}` : `${done}/1`;
};

const duration = (job: AnyObject, now: number): string => {
  const start = Date.parse(text(inner(job, "status"), "startTime"));
  if (Number.isNaN(start)) return "";
  const end = Date.parse(text(inner(job, "status"), "completionTime"));
  return humanDuration((Number.isNaN(end) ? now : end) - start);
};

export const CRON_JOB_COLUMNS: readonly Column[] = [
  NAME,
  column("Schedule", at("spec", "schedule")),
  column("Timezone", (object) => text(inner(object, "spec"), "timeZone") || "<none>"),
  column("Suspend", (object) => (inner(object, "spec")?.["suspend"] === true ? "True" : "False"), "boolean"),
  count("Active", (object) => items(object, "status", "active").length),
  column("Last Schedule", (object, now) => {
    const last = text(inner(object, "status"), "lastScheduleTime");
    return last === "" ? "<none>" : since(last, now);
  }),
  AGE,
  ...templateColumns("spec", "jobTemplate", "spec", "template"),
  wide("Selector", (object) => {
    const selector = inner(object, "spec", "jobTemplate", "spec", "selector");
    return selector === undefined ? "<none>" : selectorText(selector);
  }),
];
