import type { KubeClient } from "../../../k8s/client.ts";
import type { AnyObject } from "../../../k8s/types.ts";
import { ANNOTATIONS, LABELS } from "./pod/marks.ts";
import { type Node, type Workflow, isFulfilled } from "./types.ts";

export interface Ended {
  readonly client: KubeClient;
  readonly workflow: Workflow;
  readonly pods: readonly AnyObject[];
}

/** Deletes an ended workflow when its time has come; until then, in how many ms that is. Its owned pods go with it. */
export const afterEnd = async (ended: Ended & { readonly nowMs: number }): Promise<number | undefined> => {
  const { client, workflow, nowMs } = ended;
  await cleanUpPods(ended);
  const { ttlStrategy } = workflow.status?.storedWorkflowTemplateSpec ?? workflow.spec;
  const { phase, finishedAt } = workflow.status ?? {};
  const specific = phase === "Succeeded" ? ttlStrategy?.secondsAfterSuccess : ttlStrategy?.secondsAfterFailure;
  const seconds = specific ?? ttlStrategy?.secondsAfterCompletion;
  if (seconds === undefined || finishedAt === undefined || finishedAt === null) return undefined;
  const leftMs = Date.parse(finishedAt) + seconds * 1000 - nowMs;
  if (leftMs > 0) return leftMs;
  const { apiVersion, kind, metadata } = workflow;
  const { name, namespace, uid } = metadata;
  await client.delete(
    { apiVersion, kind, name, namespace },
    { propagation: "Background", ...(uid === undefined ? {} : { uid }) },
  );
  return undefined;
};

/** Marks the pods of ended nodes, or deletes them where the workflow wants that. */
export const cleanUpPods = async ({ client, workflow, pods }: Ended): Promise<void> => {
  const { podGC } = workflow.status?.storedWorkflowTemplateSpec ?? workflow.spec;
  for (const pod of pods) {
    const node = workflow.status?.nodes?.[pod.metadata.annotations?.[ANNOTATIONS.nodeId] ?? ""];
    if (node === undefined || !isFulfilled(node) || pod.metadata.deletionTimestamp !== undefined) continue;
    const { name, namespace } = pod.metadata;
    const ref = { apiVersion: "v1", kind: "Pod", name, namespace };
    if (isUnwanted(podGC?.strategy, workflow, node)) await client.delete(ref, { propagation: "Background" });
    else if (pod.metadata.labels?.[LABELS.completed] === "false" && (await client.get(ref)) !== undefined)
      await client.mergePatch(ref, { metadata: { labels: { [LABELS.completed]: "true" } } });
  }
};

const isUnwanted = (strategy: string | undefined, { status }: Workflow, node: Node): boolean => {
  const isOver = status?.finishedAt !== undefined && status.finishedAt !== null;
  switch (strategy) {
    case "OnPodCompletion":
      return true;
    case "OnPodSuccess":
      return node.phase === "Succeeded";
    case "OnWorkflowCompletion":
      return isOver;
    case "OnWorkflowSuccess":
      return isOver && status.phase === "Succeeded";
    default:
      return false;
  }
};
