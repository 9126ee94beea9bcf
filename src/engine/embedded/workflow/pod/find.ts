import type { AnyObject } from "../../../../k8s/types.ts";
import { podName } from "../names.ts";
import type { Run } from "../run.ts";
import type { Node } from "../types.ts";
import { ANNOTATIONS } from "./marks.ts";

export const podNameOf = (run: Run, { name, templateName, templateRef }: Node): string =>
  podName(run.workflow.metadata.name, name, templateName ?? templateRef?.template ?? "");

/** As far as it is known here. */
export const podOf = (run: Run, node: Node): AnyObject | undefined => {
  const pod = run.pods.get(podNameOf(run, node));
  return pod?.metadata.annotations?.[ANNOTATIONS.nodeId] === node.id ? pod : undefined;
};
