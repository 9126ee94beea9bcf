import { messageOf } from "../../lib/errors.ts";
import type { BuildPlane, DataPlane } from "../../crds/types.ts";
import { findCondition, type Statement } from "../conditions.ts";
import type { Observation } from "../lifecycle.ts";
import type { ReconcileContext } from "../reconciler.ts";

/** A plane that answered is asked again after this long; one that did not, much sooner. */
const PROBE_MS = { reachable: 45_000, unreachable: 5000 };
const CALL_TIMEOUT_MS = 5000;

/**
 * Asks the plane's API server something that it answers only to us, at the pace above: earlier runs for the same
 * generation of the resource (its own status write wakes the reconciler) reuse the answer. `more` adds what else is to
 * be known about a plane that answers, and what to say about it when it does not.
 */
export const probePlane = async (
  plane: DataPlane | BuildPlane,
  context: ReconcileContext,
  more?: {
    readonly whenReachable: (call: { signal: AbortSignal; timeoutMs: number }) => Promise<readonly Statement[]>;
    readonly whenNot: (why: string) => readonly Statement[];
  },
): Promise<Observation> => {
  const restMs = untilNextProbe(plane, context.now().getTime());
  if (restMs > 0) return { againAfterMs: restMs };
  const lastProbeTime = `${context.now().toISOString().slice(0, 19)}Z`;
  const call = { signal: context.signal, timeoutMs: CALL_TIMEOUT_MS };
  try {
    const client = context.planes.of(plane);
    const { gitVersion } = await client.version(call);
    // Needs valid credentials, which /version does not.
    await client.get({ apiVersion: "v1", kind: "Namespace", name: "kube-system" }, call);
    const message = `Kubernetes ${gitVersion} at ${client.server}`;
    const statements = (await more?.whenReachable(call)) ?? [];
    return {
      statements: [{ type: "Reachable", status: true, reason: "Connected", message }, ...statements],
      fields: { lastProbeTime, serverVersion: gitVersion },
      againAfterMs: PROBE_MS.reachable,
    };
  } catch (error) {
    context.signal.throwIfAborted();
    const message = messageOf(error);
    return {
      statements: [
        { type: "Reachable", status: false, reason: "ConnectionFailed", message },
        ...(more?.whenNot(message) ?? []),
      ],
      fields: { lastProbeTime },
      againAfterMs: PROBE_MS.unreachable,
    };
  }
};

const untilNextProbe = (plane: DataPlane | BuildPlane, nowMs: number): number => {
  const reachable = findCondition(plane, "Reachable");
  const last = Date.parse(plane.status?.lastProbeTime ?? "");
  if (reachable === undefined || Number.isNaN(last) || reachable.observedGeneration !== plane.metadata.generation)
    return 0;
  const intervalMs = reachable.status === "True" ? PROBE_MS.reachable : PROBE_MS.unreachable;
  // Never longer than the interval, whatever the clock of the machine that wrote the status said.
  return Math.min(intervalMs, last + intervalMs - nowMs);
};
