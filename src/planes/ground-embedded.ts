import path from "node:path";
import type { Platform } from "../config/model.ts";
import { createEmbeddedEngine } from "../engine/embedded/engine.ts";
import { ChoreoError } from "../lib/errors.ts";
import { readJsonIfExists, writeFileAtomic } from "../lib/fs.ts";
import type { PlatformPlaces } from "../state/places.ts";
import type { HostSettings } from "./supervisor-process.ts";
import type { SupervisorLink } from "./supervisor-link.ts";
import type { Ground } from "./ground.ts";
import { type Identity, checkOwner, newIdentity } from "./identity.ts";

/** What a folder of the state says of the platform that lives in it: the counterpart of the labels on Docker. */
interface PlatformRecord extends Identity {
  readonly platform: string;
  readonly engine: "embedded";
}

const recordFile = ({ dir }: PlatformPlaces): string => path.join(dir, "platform.json");

export const readPlatformRecord = (places: PlatformPlaces): Promise<PlatformRecord | undefined> =>
  readJsonIfExists<PlatformRecord>(recordFile(places));

/** Says that the platform is there now; from here on `down` has something to remove. */
export const recordPlatform = async (places: PlatformPlaces, platform: Platform, identity: Identity): Promise<void> => {
  const record: PlatformRecord = { ...identity, platform: platform.name, engine: "embedded" };
  await writeFileAtomic(recordFile(places), JSON.stringify(record));
};

export interface EmbeddedGroundInput {
  readonly platform: Platform;
  readonly places: PlatformPlaces;
  readonly deliberate: boolean;
  readonly reason: string;
  readonly supervisor: SupervisorLink;
}

/** A platform in a process of this user, with everything it has in its folder of the state. */
export const openEmbeddedGround = async (
  { platform, places, deliberate, reason, supervisor }: EmbeddedGroundInput,
  settings: (identity: Identity) => Promise<HostSettings>,
): Promise<Ground> => {
  const record = await readPlatformRecord(places);
  if (record !== undefined) checkOwner(platform, record.owner, deliberate);
  const identity = record === undefined ? newIdentity(platform) : { id: record.id, owner: record.owner };
  const engine = createEmbeddedEngine({
    clustersDir: places.clusters,
    kubeconfigDir: places.kubeconfigs,
    platformId: () => identity.id,
    host: supervisor.clusterHost(identity.id, () => settings(identity)),
  });
  return { engine, reason, exists: record !== undefined, identity, docker: undefined };
};

/** A platform keeps the engine it was made with until it is removed. */
export const refuseOtherEngine = (platform: Platform, now: "kind" | "embedded"): void => {
  if (platform.engine === "auto" || platform.engine === now) return;
  throw new ChoreoError(
    "E_CHANGE_REFUSED",
    `engine: platform "${platform.name}" runs on ${now}, ${platform.engine} is wanted`,
    {
      why: "a platform cannot move from one engine to another",
      fix: `choreo-dev down, then choreo-dev up --engine ${platform.engine}`,
    },
  );
};
