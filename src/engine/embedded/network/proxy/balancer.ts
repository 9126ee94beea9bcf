import type { Clock } from "../../../../lib/clock.ts";
import { keyOf, type Target } from "./endpoints.ts";

/** Chooses among the targets of one service port. */
export interface Balancer {
  /**
   * All targets, in the order in which they should be tried: the turn goes round with every call, and with session
   * affinity the target that this client had last time comes first.
   */
  order(targets: readonly Target[], client?: string): readonly Target[];
  /** Says which target took the client, for session affinity. */
  took(target: Target, client?: string): void;
}

export interface Affinity {
  readonly timeoutMs: number;
}

/** Clients remembered for session affinity; the one that was seen longest ago is forgotten first. */
const MEMORY = 10_000;

export const createBalancer = (clock: Clock, affinity: Affinity | undefined): Balancer => {
  let turn = 0;
  const sessions = new Map<string, { readonly key: string; readonly seen: number }>();
  const rotated = (targets: readonly Target[]): Target[] => {
    const start = turn++ % Math.max(1, targets.length);
    return [...targets.slice(start), ...targets.slice(0, start)];
  };
  const sticky = (targets: readonly Target[], client: string | undefined): Target | undefined => {
    const session = affinity === undefined || client === undefined ? undefined : sessions.get(client);
    if (session === undefined || clock.monotonic() - session.seen >= (affinity?.timeoutMs ?? 0)) return undefined;
    return targets.find((target) => keyOf(target) === session.key);
  };
  return {
    order: (targets, client) => {
      const kept = sticky(targets, client);
      return kept === undefined ? rotated(targets) : [kept, ...rotated(targets.filter((target) => target !== kept))];
    },
    took: (target, client) => {
      if (affinity === undefined || client === undefined) return;
      sessions.delete(client);
      sessions.set(client, { key: keyOf(target), seen: clock.monotonic() });
      const [oldest] = sessions.keys();
      if (sessions.size > MEMORY && oldest !== undefined) sessions.delete(oldest);
    },
  };
};
