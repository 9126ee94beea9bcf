import path from "node:path";
import type { LoadedConfig } from "../config/load.ts";
import { contextName } from "../config/names.ts";
import { isLocal } from "../docker/client.ts";
import { createRegistryClient } from "../docker/registry-client.ts";
import { ChoreoError } from "../lib/errors.ts";
import { readJsonIfExists } from "../lib/fs.ts";
import { layoutClusters } from "../plan/clusters.ts";
import type { CallContext, PlatformAccess } from "./api.ts";
import { openSession } from "./session.ts";
import type { SupervisorSettings } from "./supervisor-process.ts";

/** The way to the planes of a platform that is up. `E_NO_PLATFORM` when there is none. */
export const openPlatform = async (loaded: LoadedConfig, context: CallContext): Promise<PlatformAccess> => {
  const session = await openSession(loaded, context);
  const { platform, places } = session;
  if (!session.exists) {
    session.close();
    throw new ChoreoError("E_NO_PLATFORM", `There is no platform "${platform.name}"`, {
      why: session.docker === undefined ? "its folder of the state has none" : "no Docker network carries it",
      fix: "choreo-dev up",
    });
  }
  const planes = layoutClusters(platform).flatMap(({ name: cluster, planes: hosted }) =>
    hosted.map(({ name, role }) => ({
      name,
      role,
      cluster,
      context: contextName(cluster, session.engine.name),
      kubeconfig: path.join(places.kubeconfigs, `${cluster}.yaml`),
    })),
  );
  const find = (name: string): (typeof planes)[number] => {
    const plane = planes.find((one) => one.name === name);
    if (plane !== undefined) return plane;
    throw new ChoreoError("E_NOT_FOUND", `There is no plane ${name}`, {
      fix: `planes are ${planes.map((one) => one.name).join(", ")}`,
    });
  };
  return {
    name: platform.name,
    planes,
    caFile: path.join(places.caDir, "ca.pem"),
    builds: places.builds,
    syncDir: session.docker === undefined || isLocal(session.docker.host) ? places.sync : undefined,
    registry: async () => {
      const settings = await readJsonIfExists<Partial<SupervisorSettings>>(places.supervisor.settings);
      return settings?.registry === undefined ? undefined : createRegistryClient(settings.registry.hostPort);
    },
    control: () => session.client(find("control").cluster),
    plane: async (name) => session.client(find(name).cluster),
    endpoint: async (name) => (await session.handle(find(name).cluster)).endpoint,
    close: () => session.close(),
  };
};
