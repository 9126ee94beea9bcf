import type { AnyObject } from "../../../k8s/types.ts";
import type { WriteContext } from "../rules/rules.ts";
import type { Store } from "../store/store.ts";
import { StatusError } from "./status.ts";
import { keyOf, objectOf, prefixOf } from "./stored.ts";

const SERVICES = { group: "", resource: "services" } as const;
const FIRST_NODE_PORT = 30_000;
const LAST_NODE_PORT = 32_767;

/** Cluster addresses and node ports of services: each is given once, as long as its service is there. */
export interface ServiceAddresses {
  /** The address of the API server's own service. */
  readonly first: string;
  forObject(object: AnyObject, old?: AnyObject): WriteContext;
  release(object: AnyObject): void;
}

interface ServiceSpec {
  readonly clusterIP?: string;
  readonly ports?: readonly { readonly nodePort?: number }[];
}

/** `cidr`: an IPv4 range; its first address is that of the API server's own service. */
export const createServiceAddresses = (store: Store, cidr: string): ServiceAddresses => {
  const range = rangeOf(cidr);
  const addresses = new Map<string, string>();
  const ports = new Map<number, string>();
  const claim = (object: AnyObject): void => {
    const { clusterIP, ports: served = [] } = (object["spec"] ?? {}) as ServiceSpec;
    const key = serviceKey(object);
    if (clusterIP !== undefined && clusterIP !== "None" && clusterIP !== "") addresses.set(clusterIP, key);
    for (const { nodePort = 0 } of served) if (nodePort > 0) ports.set(nodePort, key);
  };
  for (const entry of store.range(prefixOf(SERVICES)).entries) claim(objectOf(entry));
  let next = 1;
  const isFree = (owner: string | undefined, key: string): boolean =>
    owner === undefined || owner === key || store.tip(owner) === undefined;
  const allocateAddress = (key: string, wanted: string | undefined): string => {
    if (wanted !== undefined && wanted !== "") {
      const owner = addresses.get(wanted);
      if (!range.contains(wanted))
        throw invalidAddress(
          key,
          wanted,
          `provided IP (${wanted}) is not in the valid range. The range of valid IPs is ${cidr}`,
          "failed to allocate IP",
        );
      if (!isFree(owner, key))
        throw invalidAddress(key, wanted, "provided IP is already allocated", "failed to allocate IP");
      addresses.set(wanted, key);
      return wanted;
    }
    for (let tried = 0; tried < range.size; tried++) {
      next = (next % (range.size - 2)) + 1;
      const address = range.at(next);
      if (next === 1 || !isFree(addresses.get(address), key)) continue;
      addresses.set(address, key);
      return address;
    }
    throw new StatusError("InternalError", `Internal error occurred: failed to allocate a serviceIP: range is full`);
  };
  const allocatePort = (key: string, wanted: number | undefined): number => {
    if (wanted !== undefined && wanted > 0) {
      if (!isFree(ports.get(wanted), key)) throw invalidPort(key, wanted);
      ports.set(wanted, key);
      return wanted;
    }
    for (let port = FIRST_NODE_PORT; port <= LAST_NODE_PORT; port++) {
      if (!isFree(ports.get(port), key)) continue;
      ports.set(port, key);
      return port;
    }
    throw new StatusError("InternalError", "Internal error occurred: failed to allocate a nodePort: range is full");
  };
  return {
    first: range.at(1),
    forObject: (object) => {
      const key = serviceKey(object);
      return {
        allocateClusterIP: (wanted) => allocateAddress(key, wanted),
        allocateNodePort: (wanted) => allocatePort(key, wanted),
      };
    },
    release: (object) => {
      if (object.kind !== "Service") return;
      const key = serviceKey(object);
      for (const map of [addresses, ports] as Map<unknown, string>[])
        for (const [value, owner] of map) if (owner === key) map.delete(value);
    },
  };
};

const serviceKey = ({ metadata }: AnyObject): string => keyOf(SERVICES, metadata.namespace, metadata.name ?? "");

const nameOf = (key: string): string => key.slice(key.lastIndexOf("/") + 1);

const invalidAddress = (key: string, value: string, why: string, what: string): StatusError => {
  const message = `Invalid value: "${value}": ${what} "${value}": ${why}`;
  return refused(key, "spec.clusterIPs", message);
};

const invalidPort = (key: string, port: number): StatusError =>
  refused(key, "spec.ports[0].nodePort", `Invalid value: ${port}: provided port is already allocated`);

const refused = (key: string, field: string, message: string): StatusError =>
  new StatusError("Invalid", `Service "${nameOf(key)}" is invalid: ${field}: ${message}`, {
    name: nameOf(key),
    kind: "Service",
    causes: [{ reason: "FieldValueInvalid", message, field }],
  });

const rangeOf = (cidr: string): { size: number; at(index: number): string; contains(address: string): boolean } => {
  const [base = "", bits = "24"] = cidr.split("/");
  const start = toNumber(base);
  const size = 2 ** (32 - Number(bits));
  return {
    size,
    at: (index) => fromNumber(start + index),
    contains: (address) => {
      const number = toNumber(address);
      return number > start && number < start + size - 1;
    },
  };
};

const toNumber = (address: string): number => address.split(".").reduce((total, part) => total * 256 + Number(part), 0);

const fromNumber = (number: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");
