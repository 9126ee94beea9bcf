import type { Endpoint } from "../../crds/types.ts";
import { serverOf } from "../deployment/planes.ts";
import { compareAge, HierarchyMissing } from "../hierarchy.ts";
import type { ReconcileContext } from "../reconciler.ts";
import { resolveEndpoint, type ResolvedEndpoint } from "./input.ts";
import { basePathOf, type Exposure, exposuresOf } from "./routes.ts";

type Context = Pick<ReconcileContext, "cache">;

/** The Endpoint that has the host and path of an exposure already: the older of two, in any organization. */
export const ownerOf = (
  endpoint: Endpoint,
  { resolved, exposure }: { readonly resolved: ResolvedEndpoint; readonly exposure: Exposure },
  context: Context,
): Endpoint | undefined => {
  const claim = claimOf(resolved, exposure);
  return rivalsOf(endpoint, context).find(
    (rival) => compareAge(rival, endpoint) < 0 && claimsOf(rival, context).includes(claim),
  );
};

/** Other Endpoints that want a host and path that this one wants. */
export const competitorsOf = (endpoint: Endpoint, context: Context): Endpoint[] => {
  const claims = new Set(claimsOf(endpoint, context));
  if (claims.size === 0) return [];
  return rivalsOf(endpoint, context).filter((rival) => claimsOf(rival, context).some((claim) => claims.has(claim)));
};

/** Other Endpoints that may be in conflict: equal public paths need equal base paths, which cost no look-up. */
const rivalsOf = (endpoint: Endpoint, { cache }: Context): Endpoint[] => {
  const { name, namespace } = endpoint.metadata;
  return cache<Endpoint>("Endpoint")
    .list()
    .filter(({ metadata }) => metadata.name !== name || metadata.namespace !== namespace)
    .filter((other) => basePathOf(other) === basePathOf(endpoint));
};

/** An Endpoint without its parents wants nothing yet. */
const claimsOf = (endpoint: Endpoint, context: Context): string[] => {
  try {
    const resolved = resolveEndpoint(endpoint, context);
    return exposuresOf(resolved.input).map((exposure) => claimOf(resolved, exposure));
  } catch (error) {
    if (error instanceof HierarchyMissing) return [];
    throw error;
  }
};

const claimOf = ({ plane }: ResolvedEndpoint, { visibility, host, path }: Exposure): string =>
  JSON.stringify([serverOf(plane), visibility, host, path]);
