import type { AnyObject, Condition } from "../../k8s/types.ts";
import type { Statement } from "../conditions.ts";

interface RouteFields {
  readonly status?: {
    readonly parents?: readonly {
      readonly parentRef: { readonly name: string };
      readonly conditions?: readonly Condition[];
    }[];
  };
}

/** What the gateway says about a route, in the words of the Ready condition; undefined when it serves it. */
export const whyNotServed = (route: AnyObject | undefined, gateway: string): Statement | undefined => {
  const parents = (route as RouteFields | undefined)?.status?.parents ?? [];
  const conditions = parents.find(({ parentRef }) => parentRef.name === gateway)?.conditions ?? [];
  const generation = route?.metadata.generation ?? 0;
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
