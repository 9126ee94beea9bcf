import { manyListeners } from "../lib/many-listeners.ts";
import type { SupervisorLink } from "../planes/supervisor-link.ts";
import { type SupervisorSettings, type SupervisorStatus, programHash } from "../planes/supervisor-process.ts";
import type { ClusterWays, PlatformSnapshot } from "../supervisor/clusters.ts";
import type { Log } from "../supervisor/controller.ts";
import { type Host, runHost } from "../supervisor/host.ts";

export interface InProcess extends SupervisorLink {
  snapshot(): PlatformSnapshot;
  /** Makes all objects of all clusters as they were. */
  restore(snapshot: PlatformSnapshot): Promise<void>;
}

/** Controller and clusters of an embedded platform in this very process: no other one is started for them. */
export const inProcess = (options: ClusterWays & { readonly log: Log }): InProcess => {
  const ending = new AbortController();
  const startedAt = new Date().toISOString();
  let host: Host | undefined;
  let platformId = "";
  const status = async (): Promise<SupervisorStatus | undefined> =>
    host === undefined
      ? undefined
      : {
          pid: process.pid,
          platformId,
          program: await programHash(),
          fingerprint: host.fingerprint(),
          startedAt,
          rssBytes: process.memoryUsage.rss(),
          clusters: host.clusters.running(),
          ...host.state(),
        };
  const restore = async (snapshot: PlatformSnapshot): Promise<void> => {
    await host?.clusters.restore(snapshot);
    // What the controller was about to make when everything went, it makes behind that.
    const deadline = performance.now() + SETTLE_MS;
    while (isBusy(host) && performance.now() < deadline) await new Promise(setImmediate);
    await host?.clusters.restore(snapshot, { onlyNew: true });
  };
  return {
    snapshot: () => host?.clusters.snapshot() ?? new Map(),
    restore,
    status,
    startController: async (settings: SupervisorSettings) => {
      await host?.control(settings).ready;
      return (await status()) as SupervisorStatus;
    },
    stop: async () => {
      ending.abort(new Error("the platform was stopped"));
      await host?.ended;
    },
    clusterHost: (id, settings) => ({
      running: () => Promise.resolve(host?.clusters.running()),
      start: async (cluster, { progress }) => {
        progress("starting the API server");
        const wanted = await settings();
        platformId = id;
        host ??= runHost(wanted, { ...options, signal: manyListeners(ending.signal) });
        await host.clusters.start(cluster);
      },
      stop: async (cluster) => host?.clusters.stop(cluster),
      client: (cluster) => host?.clusters.client(cluster),
    }),
  };
};

/** No restore waits longer for the controller to have nothing to do. */
const SETTLE_MS = 10;

const isBusy = (host: Host | undefined): boolean => {
  const { queued = 0, running = 0 } = host?.state().controller ?? {};
  return queued + running > 0;
};
