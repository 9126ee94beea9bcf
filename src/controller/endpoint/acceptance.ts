import type { AnyObject, Condition } from "../../k8s/types.ts";
import type { Statement } from "../conditions.ts";

interface RouteFields {
  readonly spec?: { readonly parentRefs?: readonly { readonly name: string }[] };
  readonly status?: {
    readonly parents?: readonly {
      readonly parentRef: { readonly name: string };
      readonly conditions?: readonly Condition[];
    }[];
  };
}

/** What its gateway says about a route, in the words of the Ready condition; undefined when it is served. */
export const whyNotServed = (route: AnyObject): Statement | undefined => {
  const { spec, status } = route as AnyObject & RouteFields;
  // Each of our routes has one parent.
  const gateway = spec?.parentRefs?.[0]?.name ?? "the gateway";
  const conditions = status?.parents?.find(({ parentRef }) => parentRef.name === gateway)?.conditions ?? [];
  const { generation = 0 } = route.metadata;
  for (const type of ["Accepted", "ResolvedRefs"]) {
    const found = conditions.find((condition) => condition.type === type);
    if (found === undefined || (found.observedGeneration ?? generation) < generation) {
      return notReady("EndpointProgressing", `${gateway} has not taken up the route yet`);
    }
    if (found.status !== "True") return notReady(found.reason, `${gateway}: ${found.message || found.reason}`);
  }
  return undefined;
};

const notReady = (reason: string, message: string): Statement => ({ type: "Ready", status: false, reason, message });
