import { readdir } from "node:fs/promises";
import path from "node:path";
import { loadConfig } from "../config/load.ts";
import type { Platform } from "../config/model.ts";
import { connectDocker } from "../docker/client.ts";
import { readJsonIfExists, writeFileAtomic } from "../lib/fs.ts";
import { type Lease, type LeaseState, leaseState, parseLease } from "../state/lease.ts";
import { type PlatformPlaces, places } from "../state/places.ts";
import { LABELS } from "./identity.ts";

/** What a platform's folder says of its lease: enough to remove the platform without its configuration file. */
interface LeaseRecord {
  readonly lease: Lease;
  readonly platform: Platform;
  /** By which its Docker and the user's kubeconfig are found again. */
  readonly env: Readonly<Record<string, string>>;
}

export interface LeasedPlatform {
  readonly name: string;
  readonly lease: Lease;
  readonly state: LeaseState;
  readonly platform: Platform;
  readonly env: Readonly<Record<string, string>>;
}

const FILE = "lease.json";
const KEPT_VARIABLES = [
  "DOCKER_HOST",
  "DOCKER_CONTEXT",
  "DOCKER_CERT_PATH",
  "DOCKER_TLS_VERIFY",
  "KUBECONFIG",
] as const;

/** Written before anything of the platform is made: from here on it goes when its owner has ended. */
export const recordLease = async (
  { dir }: PlatformPlaces,
  { lease, platform, env }: { readonly lease: Lease; readonly platform: Platform; readonly env: NodeJS.ProcessEnv },
): Promise<void> => {
  const kept = KEPT_VARIABLES.flatMap((name): [string, string][] => {
    const value = env[name];
    return value === undefined ? [] : [[name, value]];
  });
  const record: LeaseRecord = { lease, platform, env: Object.fromEntries(kept) };
  await writeFileAtomic(path.join(dir, FILE), JSON.stringify(record));
};

export const readLease = async ({ dir }: Pick<PlatformPlaces, "dir">): Promise<Lease | undefined> =>
  (await readJsonIfExists<LeaseRecord>(path.join(dir, FILE)))?.lease;

/** The ephemeral platforms whose folders are in this user's state. */
export const leasesOfState = async (env: NodeJS.ProcessEnv): Promise<LeasedPlatform[]> => {
  const { state } = places(env);
  const names = await readdir(state).catch(() => []);
  const found = await Promise.all(
    names.map(async (name): Promise<LeasedPlatform[]> => {
      // A file beside the folders has no lease in it.
      const record = await readJsonIfExists<LeaseRecord>(path.join(state, name, FILE)).catch(() => undefined);
      return record === undefined ? [] : [{ name, ...record, state: await leaseState(record.lease) }];
    }),
  );
  return found.flat();
};

/** As `leasesOfState`, and those of which only Docker still knows: a state folder may be lost. */
export const findLeases = async (env: NodeJS.ProcessEnv): Promise<LeasedPlatform[]> => {
  const known = await leasesOfState(env);
  const labelled = await leasesOfDocker(env).catch(() => []);
  return [...known, ...labelled.filter(({ name }) => known.every((one) => one.name !== name))];
};

const leasesOfDocker = async (env: NodeJS.ProcessEnv): Promise<LeasedPlatform[]> => {
  const { docker } = await connectDocker(env);
  const networks = await docker.listNetworks({ filters: { label: [LABELS.lease] } });
  const found = networks.map(async ({ Labels = {} }): Promise<LeasedPlatform[]> => {
    const name = Labels[LABELS.platform];
    const lease = parseLease(Labels[LABELS.lease]);
    if (name === undefined || lease === undefined) return [];
    const { platform } = await loadConfig({ cwd: "/", env, name, engine: "kind" });
    return [{ name, lease, state: await leaseState(lease), platform, env: {} }];
  });
  return (await Promise.all(found)).flat();
};
