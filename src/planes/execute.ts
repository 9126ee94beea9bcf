import { applyAddon } from "../addons/apply.ts";
import { removeAddon } from "../addons/remove.ts";
import { ensureAuthority, ensureGatewayCertificate } from "../addons/ca.ts";
import type { Addon } from "../addons/catalog.ts";
import { waitForAddon } from "../addons/ready.ts";
import { addonHash, renderAddon } from "../addons/render.ts";
import { fetchSource } from "../addons/sources.ts";
import { installCrds } from "../crds/install.ts";
import { localRegistryHosting } from "../docker/hosts-toml.ts";
import { findNetwork } from "../docker/network.ts";
import { ensureRegistry } from "../docker/registry.ts";
import { loadImages } from "../engine/kind/images.ts";
import { kubernetesVersionOf } from "../engine/kind/node-image.ts";
import type { RunContext } from "../engine/engine.ts";
import type { KubeClient } from "../k8s/client.ts";
import type { AnyObject } from "../k8s/types.ts";
import { ChoreoError } from "../lib/errors.ts";
import type { ClusterSpec } from "../plan/clusters.ts";
import type { Step, StepKind } from "../plan/step.ts";
import type { ExecuteStep, StepContext } from "../run/runner.ts";
import { applyResources, waitForResources } from "./apply-resources.ts";
import { writeApplied } from "./applied.ts";
import { refuseTakenPorts } from "./gateway-port-wait.ts";
import { networkName } from "./identity.ts";
import { makeNetwork } from "./make-network.ts";
import { installComponent } from "./platform-component.ts";
import { planeResource, registerPlane } from "./register.ts";
import { removePlane } from "./remove-plane.ts";
import { labelsOf, registrySpec } from "./ground-docker.ts";
import { type Session, dockerOf } from "./session.ts";
import { startController } from "./start-controller.ts";
import { type WantedSets, addonSettings, registrationsOf } from "./wanted.ts";

export interface Execution {
  readonly session: Session;
  readonly clusters: readonly ClusterSpec[];
  readonly wanted: WantedSets;
  readonly steps: readonly Step[];
  readonly gatewayPorts: Readonly<Record<string, number>>;
  /** Of the platform's Docker network; undefined without one. */
  readonly nodeSubnet: string | undefined;
  readonly retain: boolean;
}

type Work = (step: Step, context: RunContext) => Promise<string | undefined>;

/** How each kind of step is done. Everything here is safe to run again after a kill at any point. */
export const createExecutor = (execution: Execution): ExecuteStep => {
  const rendered = renderAhead(execution);
  const sources = fetchSources(execution);
  const images = imageLoads(execution);
  const work: Record<StepKind, Work> = {
    network: (_step, context) => network(execution, context),
    registry: (_step, { signal }) => makeRegistry(execution, signal),
    cluster: async (step, context) => {
      // A chart that cannot be had is better known now than after a minute of booting.
      await sources;
      return makeCluster(execution, step, context);
    },
    images: (step, context) => images(step, context),
    crds: async (step, context) => {
      await announceRegistry(execution.session, clusterOf(step), context.signal);
      return `${await installCrds(await execution.session.client(clusterOf(step)), context)} kinds`;
    },
    addon: addonInstalls(execution, rendered),
    controller: (_step, context) => startController(execution, context),
    register: (step, context) => register(execution, step, context),
    defaults: (step, context) => applySet(execution, step, context),
    components: (step, context) => applySet(execution, step, context),
    resources: (step, context) => applySet(execution, step, context),
    "remove-addon": async (step, { signal }) => {
      const { session } = execution;
      // A later version may not know the addon any more: then its name is all there is.
      const known = session.catalog.find(({ name }) => name === step.addon);
      return removeAddon(
        await session.client(clusterOf(step)),
        known ?? { name: step.addon ?? "", dnsRewrites: [] },
        signal,
      );
    },
    "remove-cluster": (step, context) => removePlane(execution.session, step, context),
  };
  return (step: Step, context: StepContext) => work[step.kind](step, { ...context, retain: execution.retain });
};

const network = async ({ session, nodeSubnet, clusters }: Execution, { progress }: RunContext): Promise<string> => {
  const name = networkName(session.platform.name);
  const { docker } = dockerOf(session);
  if (nodeSubnet === undefined) throw new ChoreoError("E_INTERNAL", "The plan makes a network that has no subnet");
  progress(`making ${name}`);
  return makeNetwork(docker, {
    ...{ name, subnet: nodeSubnet, pool: session.platform.network.pool },
    clusters: clusters.flatMap(({ podSubnet, serviceSubnet }) => [podSubnet, serviceSubnet]),
    labels: labelsOf(session.platform, session.identity),
  });
};

const makeRegistry = async ({ session }: Execution, signal: AbortSignal): Promise<string> => {
  const { docker } = dockerOf(session);
  const network = await findNetwork(docker, networkName(session.platform.name));
  if (network?.subnet === undefined)
    throw new ChoreoError("E_DOCKER", "The platform's network is gone", { fix: "choreo-dev up again" });
  const { hostPort } = await ensureRegistry(docker, registrySpec(session.platform, session.identity, network.subnet));
  // Its port may be another one than before. A cluster that is just being started is told by a later step.
  for (const { name, state } of await session.engine.observe({ recall: true }))
    if (state === "running" && (await (await session.client(name)).ready({ signal })))
      await announceRegistry(session, name, signal);
  return `127.0.0.1:${hostPort}`;
};

const clusterOf = (step: Step): string => step.cluster ?? "";

const specOf = ({ clusters }: Execution, step: Step): ClusterSpec => {
  const spec = clusters.find(({ name }) => name === step.cluster);
  if (spec === undefined)
    throw new ChoreoError("E_INTERNAL", `The plan names cluster ${step.cluster}, which is not wanted`);
  return spec;
};

const makeCluster = async (execution: Execution, step: Step, context: RunContext): Promise<string | undefined> => {
  const { session } = execution;
  const spec = specOf(execution, step);
  session.forget(spec.name);
  if (step.change === "recreate") {
    context.progress("removing the old node");
    await session.engine.destroy(spec.name, context);
  }
  await session.engine.ensure(spec, context);
  session.forget(spec.name);
  const client = await session.client(spec.name);
  await untilReady(() => client.ready({ signal: context.signal }), context);
  return spec.nodeImage === "" ? undefined : spec.nodeImage;
};

const untilReady = async (ready: () => Promise<boolean>, { signal, progress }: RunContext): Promise<void> => {
  const { poll } = await import("../lib/poll.ts");
  await poll(
    async () => {
      if (await ready()) return { done: true, value: undefined };
      progress("waiting for the API server");
      return { done: false, missing: "/readyz does not answer 200" };
    },
    {
      what: "the API server",
      timeoutMs: 120_000,
      maxIntervalMs: 300,
      signal,
      code: "E_NOT_READY",
      fix: "choreo-dev doctor",
    },
  );
};

/** Clusters that want the same images get them from one export: the first step of a set does the work of all. */
const imageLoads = ({ session, steps, wanted }: Execution): Work => {
  const keyOf = (cluster: string): string => (wanted.images[cluster] ?? []).join(" ");
  const running = new Map<string, Promise<{ sent: number; absent: string[] }>>();
  return async (step, context) => {
    const key = keyOf(clusterOf(step));
    const together = steps.filter((one) => one.kind === "images" && keyOf(clusterOf(one)) === key).map(clusterOf);
    const images = wanted.images[clusterOf(step)] ?? [];
    const load =
      running.get(key) ??
      loadImages(
        { docker: dockerOf(session).docker, network: networkName(session.platform.name), clusters: together, images },
        context,
      );
    running.set(key, load);
    const { sent, absent } = await load;
    const pulled = absent.length === 0 ? "" : `, ${absent.length} left to the node's own pull`;
    return sent === 0
      ? `${images.length - absent.length} of ${images.length} already there${pulled}`
      : `${sent} of ${images.length} sent${pulled}`;
  };
};

const fetchSources = ({ session, steps }: Execution): Promise<unknown> => {
  const { roots, platform, signal, catalog } = session;
  const bundle = session.docker?.bundle;
  const installed = installedBy(steps);
  const planned = catalog.filter(({ name }) => installed.has(name));
  const fetched = planned.flatMap(({ sources }) =>
    sources.map((source) => fetchSource(source, { bundle, cacheDir: roots.cache, network: platform.network, signal })),
  );
  const all = Promise.all(fetched);
  all.catch(() => undefined);
  return all;
};

const installedBy = (steps: readonly Step[]): Set<string> =>
  new Set(steps.flatMap(({ kind, addon }) => (kind === "addon" && addon !== undefined ? [addon] : [])));

type Rendered = (addon: Addon) => Promise<AnyObject[]>;

/** Charts are rendered while the nodes boot: that needs no cluster. */
const renderAhead = ({ session, steps, clusters }: Execution): Rendered => {
  const { platform, roots, signal, catalog } = session;
  const bundle = session.docker?.bundle;
  const cache = new Map<string, Promise<AnyObject[]>>();
  const kubeVersion = kubernetesVersionOf(clusters[0]?.nodeImage ?? "") ?? "1.34.0";
  const render: Rendered = (addon) => {
    const helm = async (): Promise<string> => (await session.tool("helm")).path;
    const made =
      cache.get(addon.name) ??
      renderAddon(addon, addonSettings(platform, addon), {
        bundle,
        cacheDir: roots.cache,
        network: platform.network,
        signal,
        helm,
        kubeVersion,
      });
    cache.set(addon.name, made);
    return made;
  };
  const planned = installedBy(steps);
  // A failure is reported by the step that needs the result.
  for (const addon of catalog) if (planned.has(addon.name)) render(addon).catch(() => undefined);
  return render;
};

/** In each cluster the CNI is applied first, because every pod waits for it; the others only wait for its apply, not for it. */
const addonInstalls = (execution: Execution, rendered: Rendered): Work => {
  const { session, steps } = execution;
  const cniApplied = new Map<string, PromiseParts>();
  const isCni = (step: Step): boolean => session.catalog.some(({ name, cni }) => name === step.addon && cni);
  for (const step of steps) if (step.kind === "addon" && isCni(step)) cniApplied.set(clusterOf(step), promiseParts());
  return async (step, context) => {
    const component = execution.wanted.platformComponents.find(({ spec }) => spec.name === step.addon);
    if (component !== undefined) {
      await installComponent(session, component, context);
      return undefined;
    }
    const addon = session.catalog.find(({ name }) => name === step.addon);
    if (addon === undefined) throw new ChoreoError("E_INTERNAL", `There is no addon ${step.addon}`);
    const cni = cniApplied.get(clusterOf(step));
    const client = await session.client(clusterOf(step));
    const hash = addonHash(addon, addonSettings(session.platform, addon));
    try {
      context.progress("rendering");
      await applyAddon(client, addon, await rendered(addon), {
        hash,
        after: addon.cni ? undefined : cni?.promise,
        ...context,
      });
    } finally {
      if (addon.cni) cni?.resolve();
    }
    if (addon.certificate !== undefined)
      await issueCertificate(session, client, addon, addon.certificate, context.signal);
    const { startedAt: nodeStart } = await session.handle(clusterOf(step));
    const hopeless = hopelessOf(execution, addon, client, context);
    await waitForAddon(client, addon, { ...context, nodeStart, hopeless });
    return undefined;
  };
};

/** Nodes have their ports before anything runs in them: only gateways of the embedded engine can find theirs taken. */
const hopelessOf = (
  { session, gatewayPorts }: Execution,
  { capabilities }: Addon,
  client: KubeClient,
  { signal }: RunContext,
): (() => Promise<undefined>) | undefined =>
  session.docker === undefined && capabilities.includes("gateway")
    ? refuseTakenPorts(client, Object.values(gatewayPorts), { signal })
    : undefined;

const issueCertificate = async (
  session: Session,
  client: KubeClient,
  addon: Addon,
  name: string,
  signal: AbortSignal,
): Promise<void> => {
  // One that is there is the supervisor's, who renews it and adds the hosts of further organizations.
  if (
    (await client.get({ apiVersion: "v1", kind: "Secret", namespace: addon.namespace, name }, { signal })) !== undefined
  )
    return;
  const authority = await ensureAuthority(session.places.caDir);
  await ensureGatewayCertificate(client, { namespace: addon.namespace, name }, authority, {
    organizations: [],
    signal,
  });
};

interface PromiseParts {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

const promiseParts = (): PromiseParts => {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve: () => resolve() };
};

const register = async (
  { session, clusters, gatewayPorts }: Execution,
  step: Step,
  context: RunContext,
): Promise<string | undefined> => {
  const found = registrationsOf(session.platform, clusters).find(({ plane }) => plane === step.plane?.name);
  if (found === undefined)
    throw new ChoreoError("E_INTERNAL", `The plan registers ${step.plane?.name}, which is no plane`);
  const control = await session.client(clusters[0]?.name ?? session.platform.name);
  const handle = await session.handle(found.cluster);
  await registerPlane(control, planeResource(found.registration, handle.endpoint), context);
  const port = gatewayPorts[found.plane];
  await announceRegistry(session, found.cluster, context.signal);
  return found.registration.role === "data" && port !== undefined ? `gateway 127.0.0.1:${port}` : undefined;
};

/** KEP-1755: other tools find the registry by this ConfigMap. */
const announceRegistry = async (session: Session, cluster: string, signal: AbortSignal): Promise<void> => {
  // Without Docker there are no images, and no registry for them.
  if (session.docker === undefined) return;
  const { docker } = session.docker;
  const network = await findNetwork(docker, networkName(session.platform.name));
  if (network?.subnet === undefined) return;
  const { hostPort } = await ensureRegistry(docker, registrySpec(session.platform, session.identity, network.subnet));
  await (await session.client(cluster)).apply(localRegistryHosting(hostPort), { signal });
};

const applySet = async (
  { session, wanted, clusters }: Execution,
  step: Step,
  context: RunContext,
): Promise<string | undefined> => {
  const set = wanted.manifests.find(({ id }) => id === step.id);
  if (set === undefined) throw new ChoreoError("E_INTERNAL", `The plan applies ${step.id}, which is not wanted`);
  const control = await session.client(clusters[0]?.name ?? session.platform.name);
  await applyResources(control, set.objects, context);
  if (step.kind !== "resources") await waitForResources(control, set.objects, context, 120_000);
  await writeApplied(control, set.id, set.hash, context.signal);
  return `${set.objects.length} resources`;
};
