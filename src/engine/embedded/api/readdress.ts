import type { AnyObject } from "../../../k8s/types.ts";
import type { Store } from "../store/store.ts";
import { objectOf, prefixOf, textOf } from "./stored.ts";

interface ServiceSpec {
  readonly clusterIP?: string;
  readonly clusterIPs?: readonly string[];
}

/**
 * Brings the services of an earlier life into the range of this one, each at the place it had in its range. The cluster's
 * loopback range may have been taken by another in the meantime.
 */
export const readdressServices = async (store: Store, cidr: string): Promise<void> => {
  const [base = "", bits = "24"] = cidr.split("/");
  const size = 2 ** (32 - Number(bits));
  const start = toNumber(base);
  const moved = (address: string): string => {
    const number = toNumber(address);
    return Number.isNaN(number) || (number >= start && number < start + size)
      ? address
      : fromNumber(start + (number % size));
  };
  const writes = store.range(prefixOf({ group: "", resource: "services" })).entries.flatMap((entry) => {
    const service = objectOf(entry);
    const spec = (service["spec"] ?? {}) as ServiceSpec;
    const { clusterIP = "", clusterIPs = [] } = spec;
    if (moved(clusterIP) === clusterIP) return [];
    const changed: AnyObject = {
      ...service,
      spec: { ...spec, clusterIP: moved(clusterIP), clusterIPs: clusterIPs.map(moved) },
    };
    return [store.write({ key: entry.key, expected: entry.revision, value: (revision) => textOf(changed, revision) })];
  });
  await Promise.all(writes);
};

const toNumber = (address: string): number =>
  /^(\d{1,3}\.){3}\d{1,3}$/.test(address)
    ? address.split(".").reduce((total, part) => total * 256 + Number(part), 0)
    : Number.NaN;

const fromNumber = (number: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");
