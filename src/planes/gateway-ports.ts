import { mkdir } from "node:fs/promises";
import path from "node:path";
import type { Platform } from "../config/model.ts";
import { claimByFile } from "../engine/embedded/network/addresses.ts";
import { isFree } from "../engine/ports.ts";
import { exists, readIfExists, writeFileAtomic } from "../lib/fs.ts";
import type { Session } from "./session.ts";
import { GATEWAY_NODE_PORT, type ObservedCluster, layoutClusters } from "../plan/clusters.ts";

export const DEFAULT_GATEWAY_PORT = 8443;

/**
 * The loopback port of each data plane's gateway: what a running node has, else what is configured, else 8443 or the
 * next free one. A port that was chosen once is kept, because it is fixed in the node.
 */
export const chooseGatewayPorts = async (
  platform: Platform,
  observed: readonly ObservedCluster[],
  free: (port: number) => Promise<boolean> = isFree,
): Promise<Record<string, number>> => {
  const layout = layoutClusters(platform);
  const keptBy = (plane: string): number | undefined => {
    const cluster = layout.find(({ planes }) => planes.some(({ name }) => name === plane))?.name;
    return observed
      .find((one) => one.name === cluster && one.state !== "half-made")
      ?.ports.find(({ nodePort }) => nodePort === GATEWAY_NODE_PORT)?.hostPort;
  };
  const fixed = platform.planes.data.map(({ name, gateway }) => ({ name, port: gateway.port ?? keptBy(name) }));
  // A stopped node's port looks free: it is taken all the same.
  const used = new Set(fixed.flatMap(({ port }) => port ?? []));
  const chosen: Record<string, number> = {};
  for (const { name, port } of fixed) {
    chosen[name] = port ?? (await nextFreePort(used, free));
    used.add(chosen[name]);
  }
  return chosen;
};

/** Ports that this process has claimed, for which platform, and how a claim is given back. */
const claimed = new Map<number, { readonly platform: string; readonly giveBack: () => Promise<void> }>();

export interface PortTaker {
  /** For the claims, shared by all platforms of this user, whatever their state folders are. */
  readonly dir: string;
  readonly platform: string;
  /** Its folder in the state. It has its ports as long as this is there, also while it is stopped. */
  readonly home: string;
  readonly free?: (port: number) => Promise<boolean>;
}

/**
 * Whether a port is free, no other platform of this user has it, stopped or not, and none is about to take it: two that
 * begin at once would choose the same one. It is claimed before it is tried: to try a port is to have it for a moment, in
 * which its owner cannot. The claim ends with this process, when its gateway listens.
 */
export const freeAndClaimed =
  ({ dir, platform, home, free = isFree }: PortTaker) =>
  async (port: number): Promise<boolean> => {
    const holder = claimed.get(port);
    if (holder !== undefined) return holder.platform === platform && free(port);
    await mkdir(dir, { recursive: true, mode: 0o700 });
    const giveBack = await claimByFile(path.join(dir, `${port}.claim`));
    if (giveBack === undefined) return false;
    const owner = path.join(dir, `${port}.owner`);
    if (!(await isAnothers(owner, home)) && (await free(port))) {
      claimed.set(port, { platform, giveBack });
      await writeFileAtomic(owner, home);
      return true;
    }
    await giveBack();
    return false;
  };

/** The same for the platform of a session. */
export const freeFor = ({ platform, places, roots }: Pick<Session, "platform" | "places" | "roots">) =>
  freeAndClaimed({ dir: path.join(roots.runtime, "ports"), platform: platform.name, home: places.dir });

/** What a platform left behind that is gone counts for nothing. */
const isAnothers = async (owner: string, home: string): Promise<boolean> => {
  const has = await readIfExists(owner);
  return has !== undefined && has !== home && (await exists(has));
};

/** For a process that outlives its platforms. */
export const releasePorts = async (platform: string): Promise<void> => {
  for (const [port, claim] of claimed) {
    if (claim.platform !== platform) continue;
    claimed.delete(port);
    await claim.giveBack();
  }
};

/** 8443, or the first port after it that nobody uses. */
export const nextFreePort = async (
  used: ReadonlySet<number>,
  free: (port: number) => Promise<boolean> = isFree,
): Promise<number> => {
  let port = DEFAULT_GATEWAY_PORT;
  while (used.has(port) || !(await free(port))) port++;
  return port;
};
