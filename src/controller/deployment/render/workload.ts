import { ANNOTATIONS } from "../../../crds/labels.ts";
import { workloadName } from "../../../crds/names.ts";
import type { AnyObject } from "../../../k8s/types.ts";
import { namespaceOf, workloadLabels } from "../slot.ts";
import type { RenderInput } from "./input.ts";
import { renderPodSpec } from "./pod.ts";

/** The Deployment of a component that runs for ever. Replicas are left to the server, or to an autoscaler. */
export const renderWorkload = (input: RenderInput, configHash: string): AnyObject => {
  const { component, track, slot, type, revisionHistoryLimit } = input;
  const labels = workloadLabels(slot, type);
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: workloadName(component, track), namespace: namespaceOf(slot), labels },
    spec: {
      ...(revisionHistoryLimit !== undefined && { revisionHistoryLimit }),
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, annotations: { ...input.annotations, [ANNOTATIONS.configHash]: configHash } },
        spec: renderPodSpec(input),
      },
    },
  };
};
