import type { AnyObject } from "../../../k8s/types.ts";
import { type Fields, inner, items, number, text } from "../builtin/fields-of.ts";
import { humanDuration } from "./age.ts";
import { AGE, type Column, NAME, column, wide } from "./column.ts";

export const POD_COLUMNS: readonly Column[] = [
  NAME,
  column("Ready", (pod) => `${readyCount(pod)}/${containersOf(pod).length}`),
  column("Status", (pod) => podStatusText(pod)),
  column("Restarts", (pod, now) => restartsText(pod, now)),
  AGE,
  wide("IP", (pod) => text(items(pod, "status", "podIPs")[0], "ip") || "<none>"),
  wide("Node", (pod) => text(inner(pod, "spec"), "nodeName") || "<none>"),
  wide("Nominated Node", (pod) => text(inner(pod, "status"), "nominatedNodeName") || "<none>"),
  wide("Readiness Gates", (pod) => gatesText(pod)),
];

const isSidecar = (container: Fields): boolean => text(container, "restartPolicy") === "Always";
const sidecarsOf = (pod: AnyObject): Fields[] => items(pod, "spec", "initContainers").filter(isSidecar);
const containersOf = (pod: AnyObject): Fields[] => [...items(pod, "spec", "containers"), ...sidecarsOf(pod)];

const statusesOf = (pod: AnyObject): Fields[] => {
  const sidecars = new Set(sidecarsOf(pod).map((one) => text(one, "name")));
  const init = items(pod, "status", "initContainerStatuses").filter((one) => sidecars.has(text(one, "name")));
  return [...items(pod, "status", "containerStatuses"), ...init];
};

const readyCount = (pod: AnyObject): number =>
  statusesOf(pod).filter((one) => one["ready"] === true && inner(one, "state", "running") !== undefined).length;

/** Of the init containers while they run, else of the others. */
const restartsText = (pod: AnyObject, now: number): string => {
  const init = items(pod, "status", "initContainerStatuses");
  const isInitializing = initStatus(pod) !== undefined;
  const shown = isInitializing ? init : statusesOf(pod);
  const count = shown.reduce((sum, one) => sum + number(one, "restartCount"), 0);
  const times = shown.map((one) => Date.parse(text(inner(one, "lastState", "terminated"), "finishedAt")));
  const last = Math.max(...times.filter((time) => !Number.isNaN(time)));
  return count > 0 && Number.isFinite(last) ? `${count} (${humanDuration(now - last)} ago)` : String(count);
};

/** One word for everything that a pod may be in. */
export const podStatusText = (pod: AnyObject): string => {
  const status = inner(pod, "status");
  const gated = items(status, "conditions").some(
    (one) => one["type"] === "PodScheduled" && one["reason"] === "SchedulingGated",
  );
  const initial = text(status, "reason") || (gated ? "SchedulingGated" : text(status, "phase"));
  const word = initStatus(pod) ?? mainStatus(pod, initial);
  if (pod.metadata.deletionTimestamp === undefined) return word;
  if (text(status, "reason") === "NodeLost") return "Unknown";
  return ["Succeeded", "Failed"].includes(text(status, "phase")) ? word : "Terminating";
};

/** Undefined when all init containers have done their work. */
const initStatus = (pod: AnyObject): string | undefined => {
  const specs = items(pod, "spec", "initContainers");
  for (const [at, one] of items(pod, "status", "initContainerStatuses").entries()) {
    const terminated = inner(one, "state", "terminated");
    const waiting = text(inner(one, "state", "waiting"), "reason");
    const sidecar = specs.some((spec) => text(spec, "name") === text(one, "name") && isSidecar(spec));
    if (terminated !== undefined && number(terminated, "exitCode") === 0) continue;
    if (sidecar && one["started"] === true) continue;
    if (terminated !== undefined) return `Init:${endText(terminated)}`;
    if (waiting !== "" && waiting !== "PodInitializing") return `Init:${waiting}`;
    return `Init:${at}/${specs.length}`;
  }
  return undefined;
};

const endText = (terminated: Fields): string => {
  const reason = text(terminated, "reason");
  if (reason !== "") return reason;
  const signal = number(terminated, "signal");
  return signal === 0 ? `ExitCode:${number(terminated, "exitCode")}` : `Signal:${signal}`;
};

const mainStatus = (pod: AnyObject, initial: string): string => {
  let word = initial;
  let isRunning = false;
  for (const one of items(pod, "status", "containerStatuses").toReversed()) {
    const waiting = text(inner(one, "state", "waiting"), "reason");
    const terminated = inner(one, "state", "terminated");
    if (waiting !== "") word = waiting;
    else if (terminated !== undefined) word = endText(terminated);
    else if (one["ready"] === true && inner(one, "state", "running") !== undefined) isRunning = true;
  }
  if (word !== "Completed" || !isRunning) return word;
  const isReady = items(pod, "status", "conditions").some((one) => one["type"] === "Ready" && one["status"] === "True");
  return isReady ? "Running" : "NotReady";
};

const gatesText = (pod: AnyObject): string => {
  const gates = items(pod, "spec", "readinessGates").map((one) => text(one, "conditionType"));
  if (gates.length === 0) return "<none>";
  const open = gates.filter((gate) =>
    items(pod, "status", "conditions").some((one) => one["type"] === gate && one["status"] === "True"),
  );
  return `${open.length}/${gates.length}`;
};
