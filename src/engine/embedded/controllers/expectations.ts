import { type Clock, systemClock } from "../../../lib/clock.ts";

/** What a controller did and its local copy does not show yet: until then it must not act on the copy. */
export interface Expectations {
  /** After a creation was answered. `isSeen` tells whether the local copy has it already. */
  created(key: string, uid: string, isSeen: boolean): void;
  /** Before a deletion is asked for. */
  deleting(key: string, uid: string): void;
  /** Something was seen to exist, or to be going or gone. */
  seen(uid: string, isGoing: boolean): void;
  /** A deletion that was refused will not be seen. */
  forgetDeletion(uid: string): void;
  satisfied(key: string): boolean;
  forget(key: string): void;
}

/** An event that was not seen for this long was missed, by a list that came after both it and its undoing. */
const LONGEST_WAIT_MS = 300_000;

interface Pending {
  readonly key: string;
  readonly sinceMs: number;
  readonly kind: "creation" | "deletion";
}

export const createExpectations = (clock: Clock = systemClock): Expectations => {
  const pending = new Map<string, Pending>();
  const byKey = new Map<string, Set<string>>();
  const drop = (uid: string): void => {
    const found = pending.get(uid);
    if (found === undefined) return;
    pending.delete(uid);
    const uids = byKey.get(found.key);
    uids?.delete(uid);
    if (uids?.size === 0) byKey.delete(found.key);
  };
  const expect = (uid: string, key: string, kind: Pending["kind"]): void => {
    drop(uid);
    pending.set(uid, { key, kind, sinceMs: clock.monotonic() });
    const uids = byKey.get(key) ?? new Set<string>();
    byKey.set(key, uids.add(uid));
  };
  return {
    created: (key, uid, isSeen) => {
      if (!isSeen) expect(uid, key, "creation");
    },
    deleting: (key, uid) => expect(uid, key, "deletion"),
    seen: (uid, isGoing) => {
      if (isGoing || pending.get(uid)?.kind === "creation") drop(uid);
    },
    forgetDeletion: drop,
    satisfied: (key) => {
      for (const uid of byKey.get(key) ?? []) {
        const found = pending.get(uid);
        if (found !== undefined && clock.monotonic() - found.sinceMs < LONGEST_WAIT_MS) return false;
      }
      return true;
    },
    forget: (key) => {
      for (const uid of byKey.get(key) ?? []) drop(uid);
    },
  };
};
