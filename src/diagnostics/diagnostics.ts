import type { LoadedConfig } from "../config/load.ts";
import type { CallOptions } from "../k8s/client.ts";
import { isChoreoError, messageOf } from "../lib/errors.ts";
import { manyListeners } from "../lib/many-listeners.ts";
import { ownVersion } from "../lib/own-version.ts";
import { OUTPUT_API_VERSION } from "../lib/output-api-version.ts";
import { createTurns } from "../lib/turns.ts";
import { layoutClusters } from "../plan/clusters.ts";
import type { CallContext } from "../planes/api.ts";
import { type Session, openSession } from "../planes/session.ts";
import { places, platformPlaces } from "../state/places.ts";
import { bytesOf, newestLines } from "./bounds.ts";
import { type ClusterLook, callWithin, lookAtCluster } from "./cluster-look.ts";
import { clusterSources } from "./cluster-sources.ts";
import { dockerSources } from "./docker-sources.ts";
import { factsSources } from "./facts-sources.ts";
import { stateSources, storedLogSources } from "./file-sources.ts";
import { createHide } from "./hide.ts";
import { secretsIn, secretsOnDisk } from "./known-secrets.ts";
import type { Hide, MissingPart, Part, Source } from "./part.ts";

/** Bytes of an archive before it is compressed; compressed it is never larger than 20 MB. */
export const LARGEST_ARCHIVE = 19_000_000;
const MB = 1_000_000;
const STATE_BYTES = 4 * MB;
const CLUSTERS_BYTES = 11 * MB;
const DOCKER_BYTES = 2 * MB;
const READS_AT_ONCE = 8;

export interface DiagnosticsInput extends CallContext {
  readonly loaded: LoadedConfig;
}

/** The first file of an archive: what is in it, and what is not. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: "Diagnostics";
  readonly platform: string;
  readonly version: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly parts: readonly { readonly path: string; readonly bytes: number }[];
  readonly missing: readonly MissingPart[];
}

/** Everything that tells how a platform is and came to be so, without keys and secrets. */
export interface Diagnostics {
  readonly manifest: Manifest;
  readonly parts: readonly Part[];
}

/**
 * Collects what can be had, however much of the platform is down: what cannot is named with its reason. Throws only for a
 * platform that is another folder's.
 */
export const collectDiagnostics = async (input: DiagnosticsInput): Promise<Diagnostics> => {
  const { loaded, env } = input;
  const { platform } = loaded;
  const signal = manyListeners(AbortSignal.any([input.signal]));
  const mine = platformPlaces(places(env), platform.name);
  const missing: MissingPart[] = [];
  const session = await openSession(loaded, { ...input, signal }).catch((error: unknown) => {
    if (isChoreoError(error, "E_NAME_TAKEN")) throw error;
    missing.push({ path: "clusters", why: messageOf(error) });
    return undefined;
  });
  try {
    const looks = await lookAtClusters(session, loaded, { places: mine, signal });
    const hide = createHide([...(await secretsOnDisk(platform, mine, env)), ...secretsIn(looks)]);
    missing.push(...looks.flatMap(missingIn));
    const docker = await dockerSourcesOf(session, platform.name, missing);
    const sources = [
      ...factsSources(loaded, { env, signal }, looks[0]),
      ...stateSources(mine, STATE_BYTES),
      ...(await sourcesOfClusters(looks, { hide, call: () => callWithin(signal), places: mine })),
      ...docker,
    ];
    const read = await readAll(sources, hide, signal);
    return bounded(platform.name, await ownVersion(), {
      parts: read.parts,
      missing: [...missing, ...read.missing].map(({ path, why }) => ({ path, why: hide.text(why) })),
    });
  } finally {
    session?.close();
  }
};

const missingIn = ({ name, problem, lists }: ClusterLook): MissingPart[] => {
  if (problem === undefined) return [];
  const instead = lists.length > 0 ? "; its objects are those of its store on disk" : "";
  return [{ path: `clusters/${name}`, why: `${problem}${instead}` }];
};

/** The control plane's cluster is the first. Without a way to the engine the clusters of the embedded one are still on disk. */
const lookAtClusters = (
  session: Session | undefined,
  { platform }: LoadedConfig,
  options: Parameters<typeof lookAtCluster>[2],
): Promise<ClusterLook[]> => {
  const none = new Error(session === undefined ? "its engine cannot be asked" : "there is no such platform");
  return Promise.all(
    layoutClusters(platform).map(({ name }) =>
      lookAtCluster(name, () => (session?.exists === true ? session.client(name) : Promise.reject(none)), options),
    ),
  );
};

const sourcesOfClusters = async (
  looks: readonly ClusterLook[],
  { places: mine, ...options }: { hide: Hide; call: () => CallOptions; places: Parameters<typeof stateSources>[0] },
): Promise<Source[]> => {
  const limit = CLUSTERS_BYTES / Math.max(1, looks.length);
  const sources = await Promise.all(
    looks.map(async (look) => [
      ...clusterSources(look, { ...options, limit }),
      // Secrets on disk are known by now: what a dead cluster's pods have logged can be shown.
      ...(look.client === undefined && look.lists.length > 0 ? await storedLogSources(look.name, mine, limit / 2) : []),
    ]),
  );
  return sources.flat();
};

const dockerSourcesOf = async (
  session: Session | undefined,
  platform: string,
  missing: MissingPart[],
): Promise<Source[]> => {
  if (session?.docker === undefined) return [];
  try {
    return await dockerSources(session.docker.docker, platform, DOCKER_BYTES);
  } catch (error) {
    missing.push({ path: "containers", why: messageOf(error) });
    return [];
  }
};

const readAll = async (
  sources: readonly Source[],
  hide: Hide,
  signal: AbortSignal,
): Promise<{ parts: Part[]; missing: MissingPart[] }> => {
  const turn = createTurns(READS_AT_ONCE);
  const parts: Part[] = [];
  const missing: MissingPart[] = [];
  const read = async (source: Source): Promise<void> => {
    const { path, limit } = source;
    try {
      const text = await source.read(hide, limit);
      signal.throwIfAborted();
      // Documents are hidden value by value, and are in bounds: they would not be JSON any more.
      if (text !== undefined)
        parts.push({ path, text: path.endsWith(".json") ? text : newestLines(hide.text(text), limit) });
    } catch (error) {
      signal.throwIfAborted();
      missing.push({ path, why: messageOf(error) });
    }
  };
  await Promise.all(sources.map((source) => turn(() => read(source))));
  const order = new Map(sources.map(({ path }, index) => [path, index]));
  parts.sort((a, b) => (order.get(a.path) ?? 0) - (order.get(b.path) ?? 0));
  return { parts, missing };
};

/** tar pads each file to whole blocks behind its header. */
const FRAME_BYTES = 1536;

/** The last guard: the parts that are read first are the ones that matter most. */
export const bounded = (
  platform: string,
  version: string,
  { parts, missing }: { readonly parts: readonly Part[]; readonly missing: readonly MissingPart[] },
): Diagnostics => {
  let left = LARGEST_ARCHIVE;
  const kept: Part[] = [];
  const out: MissingPart[] = [...missing];
  for (const part of parts) {
    const bytes = bytesOf(part.text) + FRAME_BYTES;
    if (bytes > left) out.push({ path: part.path, why: "the archive is full" });
    else {
      left -= bytes;
      kept.push(part);
    }
  }
  const manifest: Manifest = {
    apiVersion: OUTPUT_API_VERSION,
    kind: "Diagnostics",
    platform,
    version,
    createdAt: new Date().toISOString(),
    parts: kept.map(({ path, text }) => ({ path, bytes: bytesOf(text) })),
    missing: out,
  };
  return { manifest, parts: kept };
};
