import { folderPrefix, removeFolders } from "../dev/sync/sync-folder.ts";
import { readFile } from "node:fs/promises";
import { allReconcilers, startController } from "../controller/index.ts";
import type { KubeClient } from "../k8s/client.ts";
import { connect } from "../k8s/connect.ts";
import { endpointFromKubeconfig } from "../k8s/kubeconfig.ts";
import { messageOf } from "../lib/errors.ts";
import type { SupervisorSettings, SupervisorStatus } from "../planes/supervisor-process.ts";
import { bakeLater } from "./bake.ts";
import { createImageSeeder } from "./image-seeder.ts";
import { createSecretFile } from "./secret-file.ts";
import { keepCertificates } from "./certificates.ts";

export type Log = (level: "info" | "warn" | "error", message: string, fields?: Record<string, unknown>) => void;

export interface RunningController {
  /** Resolves when it works; rejects when it ends before. */
  readonly ready: Promise<void>;
  state(): Pick<SupervisorStatus, "ready" | "problem" | "controller">;
  /** Resolves when everything has ended. */
  readonly ended: Promise<void>;
}

/** Runs the platform's controller against the control plane that the settings name, until the signal. */
export const runController = (
  settings: SupervisorSettings,
  options: {
    readonly signal: AbortSignal;
    readonly log: Log;
    /** Of a control plane that lives in this process. */
    readonly client?: KubeClient;
  },
): RunningController => {
  let problem: string | undefined = "connecting to the control plane";
  let stats: () => Record<string, number> = () => ({});
  let ready = false;
  let nowReady = (): void => undefined;
  const works = new Promise<void>((resolve) => (nowReady = resolve));
  const run = async (): Promise<void> => {
    const { kubeconfig, context } = settings.control;
    const client = options.client ?? connect(await endpointFromKubeconfig(await readFile(kubeconfig, "utf8"), context));
    const manager = startController({
      client,
      reconcilers: allReconcilers(),
      signal: options.signal,
      log: options.log,
      onError: (error, { kind, key }) =>
        options.log("warn", `${kind} ${key.namespace ?? ""}/${key.name}: ${messageOf(error)}`),
      settings: {
        ensureImage: createImageSeeder(settings, options.log),
        gatewayPort: (dataPlane) => settings.gatewayPorts[dataPlane],
        secrets: {
          mode: settings.secrets.mode,
          file: settings.secrets.file,
          lookup: createSecretFile(settings.secrets.file, options.log),
        },
        pullRegistry: "choreo-registry:5000",
        builds: settings.builds,
        forgetSaves: (uid) => removeFolders(settings.sync, folderPrefix(uid)),
      },
    });
    stats = () => {
      const { queued, running, reconciles, errors } = manager.stats();
      return { queued, running, reconciles, errors };
    };
    await manager.ready;
    ready = true;
    nowReady();
    problem = undefined;
    options.log("info", "the controller works");
    keepCertificates(client, settings, options);
    bakeLater(settings, options);
    if (!options.signal.aborted)
      await new Promise((resolve) => options.signal.addEventListener("abort", resolve, { once: true }));
    await manager.stop();
    if (options.client === undefined) client.close();
  };
  const ended = run().catch((error: unknown) => {
    if (options.signal.aborted) return;
    problem = messageOf(error);
    throw error;
  });
  const first = Promise.race([works, ended]);
  first.catch(() => undefined);
  return { ready: first, state: () => ({ ready, problem, controller: stats() }), ended };
};
