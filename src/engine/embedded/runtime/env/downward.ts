import os from "node:os";
import { type Container, type FieldSelector, type Pod, type ResourceSelector, containerOf } from "../types.ts";

/** What of a pod is known on its node only. */
export interface PodFacts {
  readonly podIP: string;
  readonly hostIP: string;
}

/** The value of a `fieldRef`; undefined when there is no such field. Labels and annotations as a whole are `key="value"` lines. */
export const fieldValue = (pod: Pod, { fieldPath }: FieldSelector, facts: PodFacts): string | undefined => {
  const { metadata, spec } = pod;
  const keyed = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(fieldPath);
  if (keyed !== null) {
    const map = (keyed[1] === "labels" ? metadata.labels : metadata.annotations) ?? {};
    const key = keyed[2] ?? "";
    return Object.hasOwn(map, key) ? map[key] : "";
  }
  switch (fieldPath) {
    case "metadata.name":
      return metadata.name;
    case "metadata.namespace":
      return metadata.namespace ?? "";
    case "metadata.uid":
      return metadata.uid ?? "";
    case "metadata.labels":
      return lines(metadata.labels);
    case "metadata.annotations":
      return lines(metadata.annotations);
    case "spec.nodeName":
      return spec.nodeName ?? "";
    case "spec.serviceAccountName":
      return spec.serviceAccountName ?? "";
    case "status.podIP":
    case "status.podIPs":
      return facts.podIP;
    case "status.hostIP":
    case "status.hostIPs":
      return facts.hostIP;
    default:
      return undefined;
  }
};

const lines = (map: Readonly<Record<string, string>> = {}): string =>
  Object.keys(map)
    .sort()
    .map((key) => `${key}=${JSON.stringify(map[key] ?? "")}`)
    .join("\n");

/** The value of a `resourceFieldRef`, rounded up to its divisor; undefined for a resource that cannot be asked for. */
export const resourceValue = (pod: Pod, container: Container, selector: ResourceSelector): string | undefined => {
  const found = /^(limits|requests)\.(.+)$/.exec(selector.resource);
  const target = selector.containerName === undefined ? container : containerOf(pod, selector.containerName);
  if (found === null || target === undefined) return undefined;
  const { limits = {}, requests = {} } = target.resources ?? {};
  const name = found[2] ?? "";
  const own = found[1] === "limits" ? limits : { ...limits, ...requests };
  const amount = Object.hasOwn(own, name) ? quantityOf(own[name]) : capacityOf(name, found[1] === "limits");
  if (amount === undefined) return undefined;
  const divisor = quantityOf(selector.divisor ?? "1") ?? 1;
  return String(Math.ceil(Number((amount / (divisor === 0 ? 1 : divisor)).toFixed(9))));
};

/** A container without a limit may take the whole machine. */
const capacityOf = (name: string, isLimit: boolean): number | undefined => {
  if (!isLimit) return 0;
  if (name === "cpu") return os.availableParallelism();
  return name === "memory" ? os.totalmem() : 0;
};

const UNITS: Readonly<Record<string, number>> = {
  ...{ "": 1, n: 1e-9, u: 1e-6, m: 1e-3, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
};

const quantityOf = (text: string | number | undefined): number | undefined => {
  const found = /^([+-]?[\d.]+(?:[eE][+-]?\d+)?)([A-Za-z]*)$/.exec(String(text));
  const unit = found?.[2] ?? "";
  if (found === null || !Object.hasOwn(UNITS, unit)) return undefined;
  return Number(found[1]) * (UNITS[unit] ?? 1);
};
