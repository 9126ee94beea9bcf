import type { AnyObject } from "../../../k8s/types.ts";
import type { ResourceType } from "./resource-type.ts";
import { apiVersionOf } from "./stored.ts";

type Fields = Record<string, unknown>;

/** Where the objects of a resource are stored: events of both groups are the same objects. */
export const storedAs = ({
  group,
  resource,
}: Pick<ResourceType, "group" | "resource">): { group: string; resource: string } =>
  group === "events.k8s.io" && resource === "events" ? { group: "", resource } : { group, resource };

/** The object in another version of its kind. */
export const inVersion = (object: AnyObject, type: Pick<ResourceType, "group" | "version" | "kind">): AnyObject => {
  const apiVersion = apiVersionOf(type);
  if (object.apiVersion === apiVersion) return object;
  const converted = conversionOf(object.apiVersion, apiVersion, type.kind)(object);
  return { ...converted, kind: type.kind, apiVersion } as AnyObject;
};

const conversionOf = (from: string, to: string, kind: string): ((object: AnyObject) => Fields) => {
  if (kind === "Event" && to === "v1") return renamed(EVENT_FIELDS.map(([core, events]) => [events, core] as const));
  if (kind === "Event" && from === "v1") return renamed(EVENT_FIELDS);
  if (from === "autoscaling/v2" && to === "autoscaling/v1") return toAutoscalingV1;
  if (from === "autoscaling/v1" && to === "autoscaling/v2") return toAutoscalingV2;
  // Custom resources have no conversion but this: their apiVersion.
  return (object) => object;
};

/** Names of a field in core/v1 and events.k8s.io/v1. */
const EVENT_FIELDS: readonly (readonly [string, string])[] = [
  ["involvedObject", "regarding"],
  ["message", "note"],
  ["reportingComponent", "reportingController"],
  ["source", "deprecatedSource"],
  ["firstTimestamp", "deprecatedFirstTimestamp"],
  ["lastTimestamp", "deprecatedLastTimestamp"],
  ["count", "deprecatedCount"],
];

const renamed =
  (names: readonly (readonly [string, string])[]) =>
  (object: AnyObject): Fields => {
    const to = new Map(names);
    return Object.fromEntries(Object.entries(object).map(([field, value]) => [to.get(field) ?? field, value]));
  };

interface CpuMetric {
  readonly type: string;
  readonly resource?: { readonly name: string; readonly target?: { readonly averageUtilization?: number } };
}

const toAutoscalingV1 = (object: AnyObject): Fields => {
  const { metrics = [], ...spec } = (object["spec"] ?? {}) as { metrics?: CpuMetric[] };
  const cpu = metrics.find(({ type, resource }) => type === "Resource" && resource?.name === "cpu");
  const target = cpu?.resource?.target?.averageUtilization;
  return { ...object, spec: { ...spec, ...(target === undefined ? {} : { targetCPUUtilizationPercentage: target }) } };
};

const toAutoscalingV2 = (object: AnyObject): Fields => {
  const { targetCPUUtilizationPercentage: target, ...spec } = (object["spec"] ?? {}) as {
    targetCPUUtilizationPercentage?: number;
  };
  if (target === undefined) return object;
  const metric = {
    type: "Resource",
    resource: { name: "cpu", target: { type: "Utilization", averageUtilization: target } },
  };
  return { ...object, spec: { ...spec, metrics: [metric] } };
};
