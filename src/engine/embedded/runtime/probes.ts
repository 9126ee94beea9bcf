import { type HandlerTarget, reducedHandler, runHandler } from "./handlers.ts";
import type { NodeContext } from "./node.ts";
import type { Container, Probe } from "./types.ts";

export interface ProbeCallbacks {
  readonly onStarted: () => void;
  readonly onReady: (ready: boolean) => void;
  /** The container has to be stopped. */
  readonly onDead: (probe: Probe, what: "startup" | "liveness") => void;
  readonly say: (type: "Normal" | "Warning", reason: string, message: string) => void;
}

interface Prober {
  readonly node: NodeContext;
  readonly target: HandlerTarget;
  readonly signal: AbortSignal;
  readonly callbacks: ProbeCallbacks;
}

/** Probes a container until the signal aborts: first whether it has started, then whether it lives and is ready. */
export const runProbes = async (container: Container, prober: Prober): Promise<void> => {
  const { startupProbe, livenessProbe, readinessProbe } = container;
  const { callbacks, signal } = prober;
  for (const probe of [startupProbe, livenessProbe, readinessProbe]) {
    const reduced = probe === undefined ? undefined : reducedHandler(probe);
    if (reduced !== undefined) callbacks.say("Warning", "ProbeReduced", `container ${container.name}: ${reduced}`);
  }
  try {
    if (startupProbe !== undefined && !(await untilStarted(startupProbe, prober))) return;
    callbacks.onStarted();
    if (readinessProbe === undefined) callbacks.onReady(true);
    await Promise.all([
      livenessProbe === undefined ? undefined : watchLiveness(livenessProbe, prober),
      readinessProbe === undefined ? undefined : watchReadiness(readinessProbe, prober),
    ]);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
};

const untilStarted = async (probe: Probe, prober: Prober): Promise<boolean> => {
  let alive = true;
  await rounds("Startup", probe, prober, true, (verdict) => {
    if (verdict === "failed") {
      alive = false;
      prober.callbacks.onDead(probe, "startup");
    }
    return verdict === "pending";
  });
  return alive;
};

const watchLiveness = (probe: Probe, prober: Prober): Promise<void> =>
  rounds("Liveness", probe, prober, false, (verdict) => {
    if (verdict === "failed") prober.callbacks.onDead(probe, "liveness");
    return verdict !== "failed";
  });

const watchReadiness = (probe: Probe, prober: Prober): Promise<void> =>
  rounds("Readiness", probe, prober, true, (verdict) => {
    if (verdict !== "pending") prober.callbacks.onReady(verdict === "passed");
    return true;
  });

type Verdict = "passed" | "failed" | "pending";

/** Tries again and again until `decide` says no. An eager probe tries more often before its first success, which counts no failures. */
const rounds = async (
  what: string,
  probe: Probe,
  { node, target, signal, callbacks }: Prober,
  eager: boolean,
  decide: (verdict: Verdict) => boolean,
): Promise<void> => {
  const { initialDelaySeconds = 0, periodSeconds = 10, successThreshold = 1, failureThreshold = 3 } = probe;
  const periodMs = periodSeconds * 1000;
  const { eagerProbeMs } = node.profile;
  const stepMs = eager && eagerProbeMs !== undefined ? Math.min(periodMs, eagerProbeMs) : periodMs;
  let [passes, failures, succeeded] = [0, 0, false];
  if (initialDelaySeconds > 0) await node.clock.sleep(initialDelaySeconds * 1000, signal);
  let countsAt = node.clock.monotonic();
  for (;;) {
    const { ok, message } = await once(probe, target, node, signal);
    const counts = ok || node.clock.monotonic() >= countsAt;
    if (counts) countsAt = node.clock.monotonic() + periodMs;
    passes = ok ? passes + 1 : 0;
    failures = ok ? 0 : failures + (counts ? 1 : 0);
    succeeded ||= ok;
    if (!ok && counts) callbacks.say("Warning", "Unhealthy", `${what} probe failed: ${message}`);
    const verdict = passes >= successThreshold ? "passed" : failures >= failureThreshold ? "failed" : "pending";
    if (!decide(verdict)) return;
    await node.clock.sleep(succeeded ? periodMs : stepMs, signal);
  }
};

const once = async (
  probe: Probe,
  target: HandlerTarget,
  { clock }: NodeContext,
  signal: AbortSignal,
): Promise<{ ok: boolean; message: string }> => {
  const seconds = probe.timeoutSeconds ?? 1;
  const limit = new AbortController();
  const expired = new Error(`timeout: no answer within ${seconds}s`);
  const abort = (): void => limit.abort(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  clock.sleep(seconds * 1000, limit.signal).then(
    () => limit.abort(expired),
    () => undefined,
  );
  try {
    return await runHandler(probe, target, limit.signal);
  } catch (error) {
    signal.throwIfAborted();
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  } finally {
    signal.removeEventListener("abort", abort);
    limit.abort();
  }
};
