import { messageOf } from "../lib/errors.ts";
import { sameLease } from "../state/lease.ts";
import { places, platformPlaces } from "../state/places.ts";
import type { CallContext } from "./api.ts";
import { downPlatform } from "./down.ts";
import { type LeasedPlatform, findLeases, readLease } from "./leases.ts";

export interface Reaped extends LeasedPlatform {
  /** What is left of it and why; undefined when all of it is gone, or when it was not to go. */
  readonly problem?: string | undefined;
}

export interface ReapInput extends CallContext {
  /** Only say what would go. */
  readonly dryRun: boolean;
}

/** Every ephemeral platform; those whose owner has ended are removed, unless this is only to be said. */
export const reapPlatforms = async ({ dryRun, ...context }: ReapInput): Promise<Reaped[]> => {
  const found = await findLeases(context.env);
  return Promise.all(
    found.map(async (one): Promise<Reaped> => {
      if (dryRun || one.state !== "ended") return one;
      const problem = await reap(one, context).then(() => undefined, messageOf);
      return { ...one, problem };
    }),
  );
};

/** Removes a platform whose owner has ended; one that got another owner meanwhile is left alone. */
export const reap = async ({ name, lease, platform, env }: LeasedPlatform, context: CallContext): Promise<void> => {
  const mine = platformPlaces(places(context.env), name);
  await downPlatform({
    loaded: { platform, sources: new Map(), deliberate: true },
    env: { ...context.env, ...env },
    signal: context.signal,
    emit: () => undefined,
    force: true,
    // Asked when the lock is held, so that nobody makes or takes over the platform in between.
    isWanted: async () => {
      const now = await readLease(mine);
      return now === undefined || sameLease(now, lease);
    },
  });
};
