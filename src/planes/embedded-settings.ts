import type { Platform } from "../config/model.ts";
import type { PlatformPlaces } from "../state/places.ts";
import type { Identity } from "./identity.ts";
import { type HostSettings, programHash } from "./supervisor-process.ts";

/** What the process is told that embedded clusters live in. */
export const embeddedSettings = async ({
  platform,
  places,
  identity,
}: {
  readonly platform: Platform;
  readonly places: PlatformPlaces;
  readonly identity: Identity;
}): Promise<HostSettings> => ({
  platform: platform.name,
  platformId: identity.id,
  program: await programHash(),
  clustersDir: places.clusters,
});
