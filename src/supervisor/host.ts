import { messageOf } from "../lib/errors.ts";
import type { HostSettings, SupervisorSettings } from "../planes/supervisor-process.ts";
import { type ClusterWays, type HostedClusters, hostClusters } from "./clusters.ts";
import { type Log, type RunningController, runController } from "./controller.ts";

/** A supervisor that hosts the platform's clusters, and runs the controller once there is a control plane for it. */
export interface Host extends Omit<RunningController, "ready"> {
  readonly clusters: HostedClusters;
  /** Begins, or begins anew with other settings. */
  control(settings: SupervisorSettings): RunningController;
  fingerprint(): string;
}

export const runHost = (
  settings: HostSettings,
  { signal, log, ...ways }: ClusterWays & { readonly signal: AbortSignal; readonly log: Log },
): Host => {
  const clusters = hostClusters(settings, log, ways);
  let controller:
    { readonly running: RunningController; readonly abort: AbortController; readonly fingerprint: string } | undefined;
  const control = (wanted: SupervisorSettings): RunningController => {
    controller?.abort.abort();
    const abort = new AbortController();
    signal.addEventListener("abort", () => abort.abort(), { once: true });
    const client = clusters.client(wanted.control.cluster);
    const running = runController(wanted, { signal: abort.signal, log, ...(client === undefined ? {} : { client }) });
    running.ended.catch((error: unknown) => log("error", `the controller ended: ${messageOf(error)}`));
    controller = { running, abort, fingerprint: wanted.fingerprint };
    return running;
  };
  const ended = new Promise<void>((resolve) => {
    signal.addEventListener(
      "abort",
      () => {
        const last = controller?.running.ended.catch(() => undefined) ?? Promise.resolve();
        void last.then(() => clusters.close()).finally(resolve);
      },
      { once: true },
    );
  });
  return {
    clusters,
    control,
    fingerprint: () => controller?.fingerprint ?? "",
    state: () =>
      controller?.running.state() ?? {
        ready: false,
        problem: "it has not been asked to control anything",
        controller: {},
      },
    ended,
  };
};
