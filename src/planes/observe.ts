import { observeAddons } from "../addons/ready.ts";
import { observeCrds } from "../crds/install.ts";
import { observeRegistry } from "../docker/registry.ts";
import { missingImages } from "../engine/kind/images.ts";
import { listNodes } from "../engine/kind/nodes.ts";
import type { AnyObject, Condition } from "../k8s/types.ts";
import { isChoreoError, messageOf } from "../lib/errors.ts";
import { manyListeners } from "../lib/many-listeners.ts";
import { layoutClusters } from "../plan/clusters.ts";
import { type InstalledAddon, NOTHING_OBSERVED, type Observed } from "../plan/observed.ts";
import { readApplied } from "./applied.ts";
import { DEFAULT_ORGANIZATION } from "./defaults.ts";
import { networkName } from "./identity.ts";
import { REGISTRATION_HASH } from "./register.ts";
import { registrySpec } from "./ground-docker.ts";
import type { Session } from "./session.ts";
import { programHash } from "./supervisor-process.ts";

/** A cluster that needs longer to answer counts as one that does not. */
const LOOK_MS = 10_000;

/**
 * Looks at everything the plan compares. Nothing is changed, and nothing that cannot be reached is waited for long. `recall`
 * is the engine's: for a look that no decision depends on.
 */
export const observePlatform = async (
  session: Session,
  wantedImages: Readonly<Record<string, readonly string[]>>,
  { recall = false }: { readonly recall?: boolean } = {},
): Promise<Observed> => {
  // Without Docker there is neither network nor registry to make.
  if (!session.exists) return session.docker === undefined ? { ...NOTHING_OBSERVED, ...NONE_NEEDED } : NOTHING_OBSERVED;
  const [clusters, registry, controller] = await Promise.all([
    session.engine.observe({ recall }),
    registryOf(session),
    observeController(session),
  ]);
  const running = clusters.filter(({ state }) => state === "running");
  const control = running.find(({ name }) => name === layoutClusters(session.platform)[0]?.name);
  const controlLook = control === undefined ? undefined : observeControl(session, control.name);
  // Thrown below, unless the control plane does not answer at all.
  controlLook?.catch(() => undefined);
  const answers = await Promise.all(running.map(({ name }) => observeCluster(session, name)));
  const silent = answers.some(({ name, problem }) => name === control?.name && problem !== undefined);
  const resources = silent ? undefined : await controlLook;
  const missing = await Promise.all(
    answers.map(({ name, addons }) => imagesOf(session, name, addons, wantedImages[name] ?? [])),
  );
  return {
    ...NOTHING_OBSERVED,
    network: "ok",
    registry,
    clusters,
    unreachable: Object.fromEntries(
      answers.flatMap(({ name, problem }) => (problem === undefined ? [] : [[name, problem]])),
    ),
    addons: Object.fromEntries(answers.map(({ name, addons }) => [name, addons])),
    missingImages: Object.fromEntries(answers.map(({ name }, index) => [name, missing[index] ?? []])),
    ...controller,
    ...resources,
  };
};

const NONE_NEEDED = { network: "ok", registry: "ok" } as const;

const registryOf = async ({ docker: ground, platform, identity }: Session): Promise<Observed["registry"]> => {
  if (ground === undefined) return NONE_NEEDED.registry;
  const { subnet } = ground.network ?? {};
  if (subnet === undefined) return "missing";
  return (await observeRegistry(ground.docker, registrySpec(platform, identity, subnet)))?.state ?? "missing";
};

interface ClusterAnswer {
  readonly name: string;
  readonly addons: InstalledAddon[];
  readonly problem: string | undefined;
}

const observeCluster = async (session: Session, name: string): Promise<ClusterAnswer> => {
  try {
    const [client, { startedAt }] = await Promise.all([session.client(name), session.handle(name)]);
    return {
      name,
      addons: await observeAddons(client, {
        signal: manyListeners(AbortSignal.any([session.signal, AbortSignal.timeout(LOOK_MS)])),
        nodeStart: startedAt,
      }),
      problem: undefined,
    };
  } catch (error) {
    session.signal.throwIfAborted();
    const why = isChoreoError(error) ? (error.why ?? error.message) : messageOf(error);
    return { name, addons: [], problem: `its API server does not answer: ${why}` };
  }
};

/** A node whose addons are all ready has their images; only the others are asked. */
const imagesOf = async (
  session: Session,
  cluster: string,
  addons: readonly InstalledAddon[],
  images: readonly string[],
): Promise<string[]> => {
  if (images.length === 0 || session.docker === undefined || (addons.length > 0 && addons.every(({ ready }) => ready)))
    return [];
  const { docker } = session.docker;
  const node = (await listNodes(docker, networkName(session.platform.name), cluster))[0];
  if (node === undefined) return [...images];
  return missingImages(docker, node, images).catch((error: unknown) => {
    session.signal.throwIfAborted();
    // A node that is about to end says nothing of what it has.
    if (isChoreoError(error, "E_DOCKER")) return [...images];
    throw error;
  });
};

const observeController = async (session: Session): Promise<Pick<Observed, "controller" | "controllerSettings">> => {
  const [status, program] = await Promise.all([session.supervisor.status(), programHash()]);
  if (status === undefined || status.platformId !== session.identity.id)
    return { controller: "down", controllerSettings: undefined };
  const controller = status.program === program && status.ready ? "running" : "outdated";
  return { controller, controllerSettings: status.fingerprint };
};

const CHOREO = "core.choreo.dev/v1";

type ControlAnswer = Pick<Observed, "crdsHash" | "registered" | "leftoverPlanes" | "applied">;

const observeControl = async (session: Session, cluster: string): Promise<ControlAnswer> => {
  const { signal } = session;
  const client = await session.client(cluster);
  const [crdsHash, applied] = await Promise.all([observeCrds(client, signal), readApplied(client, signal)]);
  if (crdsHash === undefined) return { crdsHash, applied, registered: {}, leftoverPlanes: [] };
  const listed = (kind: string): Promise<AnyObject[]> =>
    client.list({ apiVersion: CHOREO, kind }, { namespace: DEFAULT_ORGANIZATION, signal }).then(({ items }) => items);
  const [dataPlanes, buildPlanes, environments] = await Promise.all([
    listed("DataPlane"),
    listed("BuildPlane"),
    listed("Environment"),
  ]);
  const configured = new Set(session.platform.planes.data.map(({ name }) => name));
  return {
    crdsHash,
    applied,
    registered: Object.fromEntries([
      ...dataPlanes.map((plane) => [plane.metadata.name, registered(plane)]),
      ...buildPlanes.map((plane) => ["build", registered(plane)]),
    ]),
    leftoverPlanes: dataPlanes
      .filter(
        ({ metadata }) => !configured.has(metadata.name) && metadata.annotations?.[REGISTRATION_HASH] !== undefined,
      )
      .map(({ metadata }) => ({
        name: metadata.name,
        environments: environments.filter((env) => planeOf(env) === metadata.name).map((env) => env.metadata.name),
      })),
  };
};

const planeOf = (environment: AnyObject): string | undefined =>
  (environment["spec"] as { dataPlaneRef?: string } | undefined)?.dataPlaneRef;

const registered = (plane: AnyObject): { hash: string; ready: boolean } => {
  const { conditions = [] } = (plane["status"] ?? {}) as { conditions?: Condition[] };
  const ready = conditions.some(({ type, status }) => type === "Reachable" && status === "True");
  return { hash: plane.metadata.annotations?.[REGISTRATION_HASH] ?? "", ready };
};
