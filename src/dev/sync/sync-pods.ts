import { requireSlot, selectorText, slotLabels } from "../../controller/deployment/slot.ts";
import type { Deployment } from "../../crds/types.ts";
import type { KubeClient } from "../../k8s/client.ts";
import { startInformer } from "../../k8s/informer.ts";
import type { AnyObject, Condition } from "../../k8s/types.ts";

/** The pods of a Deployment that are fed by one folder, kept up to date by a watch. */
export interface SyncPods {
  /** Names of those that run. */
  running(): readonly string[];
  /** Whether they are ready, and alone. */
  areAlone(): boolean;
  /** Whether one that was before them is about to go: it may still be asked for a moment. */
  isOneLeaving(): boolean;
  close(): void;
}

export const watchSyncPods = async (
  plane: KubeClient,
  {
    deployment,
    mark,
    signal,
  }: { readonly deployment: Deployment; readonly mark: readonly [string, string]; readonly signal: AbortSignal },
): Promise<SyncPods> => {
  const ending = new AbortController();
  const close = (): void => ending.abort(new Error("closed"));
  signal.addEventListener("abort", close, { once: true });
  const pods = startInformer(
    plane,
    { apiVersion: "v1", kind: "Pod" },
    { labelSelector: selectorText(slotLabels(requireSlot(deployment))), signal: ending.signal },
  );
  await pods.synced;
  const isFed = (pod: AnyObject): boolean => pod.metadata.annotations?.[mark[0]] === mark[1];
  const present = (): AnyObject[] => pods.list().filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  return {
    running: () => present().flatMap((pod) => (isFed(pod) && isRunning(pod) ? [pod.metadata.name] : [])),
    areAlone: () => present().length > 0 && present().every((pod) => isFed(pod) && isReady(pod)),
    isOneLeaving: () => present().length < pods.list().length,
    close: () => {
      signal.removeEventListener("abort", close);
      close();
    },
  };
};

interface PodStatus {
  readonly phase?: string;
  readonly conditions?: readonly Condition[];
}

const statusOf = (pod: AnyObject): PodStatus => pod["status"] ?? {};

const isRunning = (pod: AnyObject): boolean => statusOf(pod).phase === "Running";

const isReady = (pod: AnyObject): boolean =>
  statusOf(pod).conditions?.some(({ type, status }) => type === "Ready" && status === "True") === true;
