import type { ClusterHost } from "../engine/embedded/engine.ts";
import { clusterHost } from "./cluster-host.ts";
import {
  type HostSettings,
  type SupervisorFiles,
  type SupervisorSettings,
  type SupervisorStatus,
  type Waiting,
  startHostedController,
  startSupervisor,
  stopSupervisor,
  supervisorStatus,
} from "./supervisor-process.ts";

/** Where a platform's controller lives and, on the embedded engine, its clusters. */
export interface SupervisorLink {
  /** Undefined when nothing answers. */
  status(): Promise<SupervisorStatus | undefined>;
  /** Returns when the controller works. */
  startController(settings: SupervisorSettings, waiting: Waiting): Promise<SupervisorStatus>;
  /** Ends controller and clusters; nothing happens when there are none. */
  stop(signal?: AbortSignal): Promise<void>;
  clusterHost(platformId: string, settings: () => Promise<HostSettings>): ClusterHost;
}

/** A process of its own, that lives until `down`. */
export const supervisorProcess = (files: SupervisorFiles): SupervisorLink => ({
  status: () => supervisorStatus(files.socket),
  startController: (settings, waiting) =>
    (settings.builds !== undefined ? startHostedController : startSupervisor)(settings, files, waiting),
  stop: (signal) => stopSupervisor(files, signal),
  clusterHost: (platformId, settings) => clusterHost({ files, platformId, settings }),
});
