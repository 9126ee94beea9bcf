import { ensureAuthority, ensureGatewayCertificate, GATEWAY_SECRET } from "../addons/ca.ts";
import type { LoadedConfig } from "../config/load.ts";
import { embeddedSpec, layoutClusters } from "../plan/clusters.ts";
import type { CallContext } from "../planes/api.ts";
import { chooseGatewayPorts, freeFor } from "../planes/gateway-ports.ts";
import { recordPlatform } from "../planes/ground-embedded.ts";
import { lend } from "../planes/lend.ts";
import { openSession } from "../planes/session.ts";
import type { Lease } from "../state/lease.ts";

/**
 * Starts the clusters of a platform that begins with a template. Whether the template is right is for `up` to see, which
 * compares everything and does what is missing; here is only made what is a platform's own.
 */
export const startSeeded = async (
  loaded: LoadedConfig,
  { lease, ...context }: CallContext & { readonly lease: Lease },
): Promise<void> => {
  const { platform } = loaded;
  const session = await lend(await openSession(loaded, context), lease);
  try {
    const { places: mine, identity, signal } = session;
    await recordPlatform(mine, platform, identity);
    const ports = await chooseGatewayPorts(platform, [], freeFor(session));
    const authority = await ensureAuthority(mine.caDir);
    const start = async (layout: ReturnType<typeof layoutClusters>[number]): Promise<void> => {
      const work = { signal, progress: () => undefined, retain: false };
      const { client } = await session.engine.ensure(embeddedSpec(platform, layout, ports), work);
      if (client === undefined || layout.planes.every(({ role }) => role !== "data")) return;
      await ensureGatewayCertificate(client, GATEWAY_SECRET, authority, { organizations: [], signal });
    };
    await Promise.all(layoutClusters(platform).map(start));
  } finally {
    session.close();
  }
};
