import type { KubeClient } from "../../../../k8s/client.ts";
import type { KubeObject } from "../../../../k8s/types.ts";
import type { Controller, ControllerContext } from "../context.ts";
import type { SharedInformer } from "../informers.ts";
import { ENDPOINTS, ENDPOINT_SLICE, POD, type Pod, SERVICE, type Service } from "../kinds.ts";
import { createLoop } from "../loop.ts";
import { isDeleting, keyOf, refOf, splitKey, uidOf } from "../owners.ts";
import { isNamespaceGoing, isReady } from "../pods.ts";
import { matchesLabels } from "../selector.ts";
import { difference, isSame } from "../status.ts";
import { addressesOf } from "./addresses.ts";
import { ENDPOINTS_MANAGED_BY, ENDPOINTS_MANAGER, type Endpoints, endpointsOf } from "./legacy.ts";
import { type EndpointSlice, MANAGED_BY, SERVICE_NAME, SLICE_MANAGER, slicesOf } from "./slices.ts";

interface Services {
  readonly context: ControllerContext;
  readonly services: SharedInformer<Service>;
  readonly pods: SharedInformer<Pod>;
  readonly slices: SharedInformer<EndpointSlice>;
  readonly endpoints: SharedInformer<Endpoints>;
}

/** Lists the pods behind each Service with a selector, as EndpointSlices and as Endpoints. */
export const createEndpointsController = (context: ControllerContext): Controller => {
  const name = "endpointslice-controller";
  const { informers } = context;
  const world: Services = {
    context,
    services: informers.of<Service>(SERVICE),
    pods: informers.of<Pod>(POD),
    slices: informers.of<EndpointSlice>(ENDPOINT_SLICE),
    endpoints: informers.of<Endpoints>(ENDPOINTS),
  };
  const loop = createLoop({ ...context, name, reconcile: (key) => reconcile(world, key) });
  world.services.subscribe((before, after) => {
    const service = after ?? before;
    if (service !== undefined) loop.add(keyOf(service));
  });
  world.pods.subscribe((before, after) => {
    const pod = after ?? before;
    if (pod === undefined || (before !== undefined && after !== undefined && looksSame(before, after))) return;
    for (const service of world.services.inNamespace(pod.metadata.namespace ?? "")) {
      if (selects(service, before) || selects(service, after)) loop.add(keyOf(service));
    }
  });
  world.slices.subscribe((before, after) => {
    const slice = after ?? before;
    const service = slice?.metadata.labels?.[SERVICE_NAME];
    if (service !== undefined && isOurs(slice)) loop.add(`${slice?.metadata.namespace ?? ""}/${service}`);
  });
  world.endpoints.subscribe((before, after) => {
    const endpoints = after ?? before;
    if (endpoints !== undefined) loop.add(keyOf(endpoints));
  });
  return { name, run: () => loop.run() };
};

/** Most changes of a pod change nothing for the services in front of it. */
const looksSame = (before: Pod, after: Pod): boolean =>
  before.status?.podIP === after.status?.podIP &&
  before.status?.phase === after.status?.phase &&
  isReady(before) === isReady(after) &&
  isDeleting(before) === isDeleting(after) &&
  before.spec.nodeName === after.spec.nodeName &&
  isSame(before.metadata.labels, after.metadata.labels);

/** A service without a selector gets its endpoints from somebody else. */
const hasSelector = ({ spec }: Service): boolean =>
  spec.type !== "ExternalName" && Object.keys(spec.selector ?? {}).length > 0;

const selects = (service: Service, pod: Pod | undefined): boolean =>
  pod !== undefined && hasSelector(service) && matchesLabels(service.spec.selector, pod.metadata.labels);

const isOurs = (slice: KubeObject | undefined): boolean => slice?.metadata.labels?.[MANAGED_BY] === SLICE_MANAGER;

const reconcile = async (world: Services, key: string): Promise<undefined> => {
  const { context, services, pods, endpoints } = world;
  const { namespace, name } = splitKey(key);
  const service = services.get(namespace, name);
  if (service === undefined) {
    const left = endpoints.get(namespace, name);
    const isMarked = left?.metadata.labels?.[ENDPOINTS_MANAGED_BY] === ENDPOINTS_MANAGER;
    if (left !== undefined && isMarked) await context.client.delete(refOf(left), { uid: uidOf(left) });
    return;
  }
  if (!hasSelector(service) || isDeleting(service)) return;
  const addresses = addressesOf(
    service,
    pods.inNamespace(namespace).filter((pod) => selects(service, pod)),
  );
  try {
    await writeSlices(world, service, slicesOf(service, addresses));
    await writeEndpoints(world, endpointsOf(service, addresses));
  } catch (error) {
    if (!isNamespaceGoing(error)) throw error;
  }
};

const writeSlices = async ({ context, slices }: Services, service: Service, wanted: EndpointSlice[]): Promise<void> => {
  const { client } = context;
  const { name, namespace = "" } = service.metadata;
  for (const slice of wanted)
    await write(client, slices.get(namespace, slice.metadata.name), slice, ["endpoints", "ports"]);
  const names = new Set(wanted.map(({ metadata }) => metadata.name));
  for (const slice of slices.controlledBy(uidOf(service))) {
    const isExtra = isOurs(slice) && slice.metadata.labels?.[SERVICE_NAME] === name && !names.has(slice.metadata.name);
    if (isExtra && !isDeleting(slice)) await client.delete(refOf(slice), { uid: uidOf(slice) });
  }
};

const writeEndpoints = async ({ context, endpoints }: Services, wanted: Endpoints): Promise<void> => {
  const { name, namespace = "" } = wanted.metadata;
  await write(context.client, endpoints.get(namespace, name), wanted, ["subsets"]);
};

/** Makes the object, or brings its labels and the given fields up to date. */
const write = async <T extends KubeObject>(
  client: KubeClient,
  seen: T | undefined,
  wanted: T,
  fields: readonly (keyof T & string)[],
): Promise<void> => {
  if (seen === undefined) {
    await client.create(wanted);
    return;
  }
  const pick = (object: T): object =>
    Object.fromEntries(fields.map((field) => [field, (object[field] ?? []) as unknown]));
  const changed = difference(pick(seen), pick(wanted));
  const labels = difference(seen.metadata.labels ?? {}, wanted.metadata.labels ?? {});
  if (changed === undefined && labels === undefined) return;
  const { uid, resourceVersion } = seen.metadata;
  const metadata = { uid, resourceVersion, ...(labels === undefined ? {} : { labels }) };
  await client.mergePatch(refOf(seen), { metadata, ...changed });
};
