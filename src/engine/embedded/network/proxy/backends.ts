import type { Duplex } from "node:stream";
import type { Clock } from "../../../../lib/clock.ts";
import { noEndpoints } from "../dial.ts";
import { type Balancer, createBalancer } from "./balancer.ts";
import { nameOf } from "./bindings.ts";
import { type Target, targetsOf } from "./endpoints.ts";
import { type EndpointSlice, SERVICE_NAME_LABEL, type Service } from "./kinds.ts";

export type Dial = (target: Target) => Promise<Duplex>;

/** What is known of the endpoints of all services, and the way to them. */
export interface Backends {
  serviceChanged(before: Service | undefined, after: Service | undefined): void;
  sliceChanged(before: EndpointSlice | undefined, after: EndpointSlice | undefined): void;
  /**
   * A connection to an endpoint of the service port; endpoints that refuse it are passed over. Rejects with
   * `ENOENDPOINTS` when there is none, else with what the last endpoint answered.
   */
  dial(service: Service, port: number, client?: string): Promise<Duplex>;
}

const DEFAULT_AFFINITY_SECONDS = 10_800;

export const createBackends = (dial: Dial, clock: Clock): Backends => {
  const slices = new Map<string, Map<string, EndpointSlice>>();
  /** Both by service, then by port; made when they are asked for. */
  const balancers = new Map<string, Map<number, Balancer>>();
  const targets = new Map<string, Map<number, readonly Target[]>>();
  const drop = (slice: EndpointSlice): void => {
    const name = ownerOf(slice);
    const own = slices.get(name);
    own?.delete(slice.metadata.name);
    if (own?.size === 0) slices.delete(name);
    targets.delete(name);
  };
  const put = (slice: EndpointSlice): void => {
    const name = ownerOf(slice);
    entry(slices, name, () => new Map<string, EndpointSlice>()).set(slice.metadata.name, slice);
    targets.delete(name);
  };
  const balancerOf = (service: Service, port: number): Balancer =>
    entry(
      entry(balancers, nameOf(service), () => new Map<number, Balancer>()),
      port,
      () => createBalancer(clock, affinityOf(service)),
    );
  const currentTargets = (service: Service, port: number): readonly Target[] =>
    entry(
      entry(targets, nameOf(service), () => new Map<number, readonly Target[]>()),
      port,
      () => targetsOf(slices.get(nameOf(service))?.values() ?? [], portName(service, port)),
    );
  return {
    serviceChanged: (before, after) => {
      const name = nameOf((after ?? before) as Service);
      targets.delete(name);
      if (after === undefined || before === undefined || !sameAffinity(before, after)) balancers.delete(name);
    },
    sliceChanged: (before, after) => {
      if (before !== undefined) drop(before);
      if (after !== undefined) put(after);
    },
    dial: async (service, port, client) => {
      const balancer = balancerOf(service, port);
      let failure: unknown = noEndpoints(nameOf(service));
      for (const target of balancer.order(currentTargets(service, port), client)) {
        try {
          const connection = await dial(target);
          balancer.took(target, client);
          return connection;
        } catch (error) {
          failure = error;
        }
      }
      throw failure;
    },
  };
};

const ownerOf = ({ metadata }: EndpointSlice): string =>
  `${metadata.namespace ?? ""}/${metadata.labels?.[SERVICE_NAME_LABEL] ?? ""}`;

const portName = (service: Service, port: number): string =>
  service.spec?.ports?.find((candidate) => candidate.port === port)?.name ?? "";

const affinityOf = ({ spec }: Service): { readonly timeoutMs: number } | undefined =>
  spec?.sessionAffinity === "ClientIP"
    ? { timeoutMs: (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? DEFAULT_AFFINITY_SECONDS) * 1000 }
    : undefined;

const sameAffinity = (one: Service, other: Service): boolean =>
  affinityOf(one)?.timeoutMs === affinityOf(other)?.timeoutMs;

const entry = <K, V>(map: Map<K, V>, key: K, make: () => V): V => {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
};
