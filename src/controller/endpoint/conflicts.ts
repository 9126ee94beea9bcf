import type { Endpoint } from "../../crds/types.ts";
import { serverOf } from "../deployment/planes.ts";
import { compareAge, HierarchyMissing } from "../hierarchy.ts";
import type { ReconcileContext } from "../reconciler.ts";
import { type EndpointParents, parentsOf, resolvedWith, type ResolvedEndpoint } from "./input.ts";
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

/** What an Endpoint claimed when it was looked at last, and what that was made from: every Endpoint asks all others. */
const remembered = new WeakMap<Endpoint, { readonly from: EndpointParents; readonly claims: readonly string[] }>();

/** An Endpoint without its parents wants nothing yet. */
const claimsOf = (endpoint: Endpoint, context: Context): readonly string[] => {
  try {
    const from = parentsOf(endpoint, context);
    const known = remembered.get(endpoint);
    if (known !== undefined && isSame(known.from, from)) return known.claims;
    const resolved = resolvedWith(endpoint, from);
    const claims = exposuresOf(resolved.input).map((exposure) => claimOf(resolved, exposure));
    remembered.set(endpoint, { from, claims });
    return claims;
  } catch (error) {
    if (error instanceof HierarchyMissing) return [];
    throw error;
  }
};

const isSame = (a: EndpointParents, b: EndpointParents): boolean =>
  (Object.keys(a) as (keyof EndpointParents)[]).every((part) => a[part] === b[part]);

const claimOf = ({ plane }: ResolvedEndpoint, { visibility, host, path }: Exposure): string =>
  JSON.stringify([serverOf(plane), visibility, host, path]);
