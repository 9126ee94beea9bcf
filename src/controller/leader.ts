import { type Clock, systemClock } from "../lib/clock.ts";
import { manyListeners } from "../lib/many-listeners.ts";
import type { KubeClient } from "../k8s/client.ts";
import { claimLease, type LeaseClaim, type LeaseName } from "./lease.ts";

/** The Lease of OpenChoreo's own controller. With the same name the two never act on one cluster at the same time. */
export const CONTROLLER_LEASE: LeaseName = { namespace: "choreo-system", name: "43500532.choreo.dev" };

export interface LeaderOptions {
  readonly client: KubeClient;
  /** Who we are: unique per process. */
  readonly identity: string;
  /** Works until its signal aborts, which is when the lease is lost or `signal` aborts. */
  readonly lead: (signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
  /** `detail`: who holds the lease, or why it was lost. */
  readonly onState: (state: "waiting" | "leading" | "lost", detail: string) => void;
  readonly lease?: LeaseName;
  readonly clock?: Clock;
  /** A holder that has not renewed for this long is taken for dead. */
  readonly durationMs?: number;
  /** A leader that could not renew for this long stops; below `durationMs`, so that it stops before another starts. */
  readonly renewDeadlineMs?: number;
  /** Between two tries to take or renew the lease. */
  readonly retryMs?: number;
}

/** Leads whenever it holds the lease, until the signal aborts. Rejects when `lead` does. */
export const leadWithLease = async (options: LeaderOptions): Promise<void> => {
  const { signal, onState, clock = systemClock, retryMs = 2000 } = options;
  const claim = claimLease({
    client: options.client,
    lease: options.lease ?? CONTROLLER_LEASE,
    identity: options.identity,
    durationMs: options.durationMs ?? 15_000,
    clock,
  });
  let said = "";
  while (!signal.aborted) {
    const attempt = await claim.hold(signal);
    if (attempt.state === "held") {
      onState("leading", options.identity);
      await leadWhileHeld(claim, { ...options, clock, retryMs });
      said = "";
    } else {
      const detail = attempt.state === "taken" ? attempt.holder : attempt.why;
      if (detail !== said && !signal.aborted) onState("waiting", detail);
      said = detail;
    }
    await pause(clock, retryMs, signal);
  }
};

type LeadOptions = LeaderOptions & { readonly clock: Clock; readonly retryMs: number };

const leadWhileHeld = async (claim: LeaseClaim, options: LeadOptions): Promise<void> => {
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  manyListeners(signal);
  const end = (): void => over.abort();
  const results = await Promise.allSettled([
    options.lead(signal).finally(end),
    renewUntilLost(claim, options, signal).finally(end),
  ]);
  // Only now that the work has ended: the next holder may start in the same moment.
  await claim.release();
  for (const result of results) if (result.status === "rejected") throw result.reason;
};

const renewUntilLost = async (claim: LeaseClaim, options: LeadOptions, signal: AbortSignal): Promise<void> => {
  const { clock, retryMs, renewDeadlineMs = 8000, onState } = options;
  let renewedAtMs = clock.monotonic();
  for (;;) {
    await pause(clock, retryMs, signal);
    if (signal.aborted) return;
    const attempt = await claim.hold(signal);
    if (attempt.state === "held") {
      renewedAtMs = clock.monotonic();
    } else if (attempt.state === "taken" || clock.monotonic() - renewedAtMs > renewDeadlineMs) {
      if (!signal.aborted) onState("lost", attempt.state === "taken" ? `taken by ${attempt.holder}` : attempt.why);
      return;
    }
  }
};

const pause = async (clock: Clock, ms: number, signal: AbortSignal): Promise<void> => {
  try {
    await clock.sleep(ms, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
};
