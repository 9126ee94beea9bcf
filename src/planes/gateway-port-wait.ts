import { holderOf } from "../engine/ports.ts";
import type { KubeClient } from "../k8s/client.ts";
import type { Condition, KubeObject } from "../k8s/types.ts";
import { type Clock, systemClock } from "../lib/clock.ts";
import { ChoreoError } from "../lib/errors.ts";

const GATEWAY = { apiVersion: "gateway.networking.k8s.io/v1", kind: "Gateway" } as const;
/** Whoever only tried the port has left it by then. */
const PATIENCE_MS = 5000;

interface GatewayObject extends KubeObject {
  readonly status?: { readonly listeners?: readonly { readonly conditions: readonly Condition[] }[] };
}

/**
 * To be called while a cluster's gateways are waited for: ends the wait with `E_PORT_TAKEN` when the port that was chosen for
 * one is somebody else's by now. To wait on would be in vain, and another `up` chooses another port.
 */
export const refuseTakenPorts = (
  client: KubeClient,
  ports: readonly number[],
  { signal, clock = systemClock }: { readonly signal: AbortSignal; readonly clock?: Clock },
): (() => Promise<undefined>) => {
  let since: number | undefined;
  return async () => {
    const { items } = await client.list<GatewayObject>(GATEWAY, { signal });
    const conditions = items.flatMap(({ status }) => status?.listeners ?? []).flatMap((one) => one.conditions);
    const refused = conditions.find(({ reason, status }) => reason === "PortUnavailable" && status === "False");
    since = refused === undefined ? undefined : (since ?? clock.monotonic());
    if (refused === undefined || since === undefined || clock.monotonic() - since < PATIENCE_MS) return undefined;
    const port = ports.find((one) => refused.message.includes(`:${one}:`));
    throw new ChoreoError("E_PORT_TAKEN", `The gateway ${refused.message}`, {
      why: `another program took the port while the platform was made${port === undefined ? "" : await holderOf(port)}`,
      fix: "choreo-dev down, then choreo-dev up: it chooses another port",
    });
  };
};
