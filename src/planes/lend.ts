import { ChoreoError } from "../lib/errors.ts";
import { type Lease, formatLease } from "../state/lease.ts";
import { readLease, recordLease } from "./leases.ts";
import { ensureReaper, reviveReaper } from "./reaper-process.ts";
import type { Session } from "./session.ts";

/**
 * Binds the platform to the life of its owner before anything of it is made. Without a lease the platform stays what it
 * is, and only others' are looked after.
 */
export const lend = async (session: Session, lease: Lease | undefined): Promise<Session> => {
  const { platform, places, env, exists, identity } = session;
  if (lease === undefined) {
    await reviveReaper(env);
    return session;
  }
  const isLent = identity.lease !== undefined || (await readLease(places)) !== undefined;
  if (exists && !isLent) throw persistent(platform.name);
  // Before the record: whoever is killed right behind it has somebody who reads it. And behind it: a reaper that was there
  // may just have looked for the last time.
  await ensureReaper(env);
  await recordLease(places, { lease, platform, env });
  await ensureReaper(env);
  // Labels cannot be changed on what is there: the record in the folder says who the owner is now.
  return exists ? session : { ...session, identity: { ...identity, lease: formatLease(lease) } };
};

const persistent = (name: string): ChoreoError =>
  new ChoreoError("E_CHANGE_REFUSED", `Platform "${name}" is there already, and it is to stay`, {
    why: "a platform that was made without an owner is never removed with one",
    fix: `use another name, or choreo-dev down --platform ${name} first`,
  });
