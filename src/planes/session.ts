import { type Addon, loadCatalog } from "../addons/catalog.ts";
import { type Tool, type ToolName, findTool } from "../addons/tools.ts";
import type { LoadedConfig } from "../config/load.ts";
import type { Platform } from "../config/model.ts";
import type { ClusterHandle, Engine } from "../engine/engine.ts";
import { connect } from "../k8s/connect.ts";
import type { KubeClient } from "../k8s/client.ts";
import { ChoreoError, isChoreoError } from "../lib/errors.ts";
import { type PlatformPlaces, type Places, places, platformPlaces } from "../state/places.ts";
import type { CallContext } from "./api.ts";
import { embeddedSettings } from "./embedded-settings.ts";
import type { DockerGround, Ground } from "./ground.ts";
import { openDockerGround, wasOnDocker } from "./ground-docker.ts";
import { openEmbeddedGround, readPlatformRecord, refuseOtherEngine } from "./ground-embedded.ts";
import { type SupervisorLink, supervisorProcess } from "./supervisor-link.ts";

/** What every story about one platform needs: what it stands on, its identity, and ways to its clusters. */
export interface Session extends Ground {
  readonly platform: Platform;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly roots: Places;
  readonly places: PlatformPlaces;
  readonly supervisor: SupervisorLink;
  /** Empty in a session that was opened without addons. */
  readonly catalog: readonly Addon[];
  tool(name: ToolName): Promise<Tool>;
  /** `E_NOT_FOUND` when the cluster does not run. */
  handle(cluster: string): Promise<ClusterHandle>;
  client(cluster: string): Promise<KubeClient>;
  /** Forgets handles and clients: a cluster was made again. */
  forget(cluster: string): void;
  close(): void;
}

/** Reading the addons costs a tenth of a second, which a command that only looks at a platform does not spend. */
export type SessionOptions =
  { readonly addons: false } | { readonly addons: true; readonly bundle: string | undefined };

export const openSession = async (
  loaded: LoadedConfig,
  context: CallContext,
  options: SessionOptions = { addons: false },
): Promise<Session> => {
  const { platform } = loaded;
  const roots = places(context.env);
  const mine = platformPlaces(roots, platform.name);
  const tool = toolFinder(platform, roots, context);
  const ownProcess = supervisorProcess(mine.supervisor);
  // Nodes live longer than this process, and so does their controller.
  const hosting = context.supervisor ?? ownProcess;
  const ground = await openGround(loaded, { ...context, supervisor: hosting, mine, tool }, options);
  return {
    platform,
    ...context,
    ...ground,
    roots,
    places: mine,
    supervisor: ground.docker === undefined ? hosting : ownProcess,
    catalog: options.addons ? await loadCatalog(undefined, ground.docker === undefined ? "embedded" : "real") : [],
    tool,
    ...clusterAccess(ground.engine),
  };
};

/** What only platforms on Docker have. */
export const dockerOf = ({ docker }: Pick<Session, "docker">): DockerGround => {
  if (docker === undefined) throw new ChoreoError("E_INTERNAL", "There is no Docker on the embedded engine");
  return docker;
};

type GroundContext = CallContext & Pick<Session, "supervisor" | "tool"> & { readonly mine: PlatformPlaces };

/**
 * Which engine. A platform that is there keeps its own; for a new one `auto` is kind where Docker answers, else the
 * embedded engine.
 */
const openGround = async (
  { platform, deliberate }: LoadedConfig,
  { env, mine, tool, supervisor }: GroundContext,
  options: SessionOptions,
): Promise<Ground> => {
  if (platform.engine === "kubeconfig") throw noKubeconfigEngine();
  const embedded = (reason: string): Promise<Ground> =>
    openEmbeddedGround({ platform, places: mine, deliberate, reason, supervisor }, (identity) =>
      embeddedSettings({ platform, places: mine, identity }),
    );
  if ((await readPlatformRecord(mine)) !== undefined) {
    refuseOtherEngine(platform, "embedded");
    return embedded("made with it");
  }
  const onDocker = await wasOnDocker(mine);
  if (onDocker) refuseOtherEngine(platform, "kind");
  if (platform.engine === "embedded") return embedded("as configured");
  const bundleDir = options.addons ? (options.bundle ?? env["CHOREO_DEV_BUNDLE"]) : undefined;
  const catalog = options.addons ? loadCatalog() : Promise.resolve([]);
  catalog.catch(() => undefined);
  try {
    return await openDockerGround({ platform, env, places: mine, deliberate, catalog, bundleDir, tool });
  } catch (error) {
    if (platform.engine !== "auto" || !isChoreoError(error, "E_NO_ENGINE")) throw error;
    return embedded("Docker does not answer");
  }
};

const noKubeconfigEngine = (): ChoreoError =>
  new ChoreoError("E_ENGINE_UNSUPPORTED", "Engine kubeconfig is not part of this version", {
    why: "this version boots platforms on kind or embedded",
    fix: "choreo-dev up --engine kind",
  });

const toolFinder = (platform: Platform, roots: Places, { env, signal }: CallContext): Session["tool"] => {
  const tools = new Map<ToolName, Promise<Tool>>();
  return (name) => {
    const options = { cacheDir: roots.cache, network: platform.network, signal, searchPath: env["PATH"] };
    const found = tools.get(name) ?? findTool(name, options);
    tools.set(name, found);
    return found;
  };
};

const clusterAccess = (engine: Engine): Pick<Session, "handle" | "client" | "forget" | "close"> => {
  const handles = new Map<string, Promise<ClusterHandle>>();
  const clients = new Map<string, Promise<KubeClient>>();
  const handle = (cluster: string): Promise<ClusterHandle> => {
    const found = handles.get(cluster) ?? engine.open(cluster).then((opened) => opened ?? notRunning(cluster));
    handles.set(cluster, found);
    found.catch(() => handles.delete(cluster));
    return found;
  };
  const client = (cluster: string): Promise<KubeClient> => {
    const found = clients.get(cluster) ?? handle(cluster).then((opened) => opened.client ?? connect(opened.endpoint));
    clients.set(cluster, found);
    found.catch(() => clients.delete(cluster));
    return found;
  };
  const drop = (cluster: string): void => {
    void clients.get(cluster)?.then(
      (one) => one.close(),
      () => undefined,
    );
    clients.delete(cluster);
    handles.delete(cluster);
  };
  return { handle, client, forget: drop, close: () => [...clients.keys()].forEach(drop) };
};

const notRunning = (cluster: string): never => {
  throw new ChoreoError("E_NOT_FOUND", `Cluster ${cluster} does not run`, {
    why: "it was stopped, or another version of choreo-dev started it",
    fix: "choreo-dev up",
  });
};
