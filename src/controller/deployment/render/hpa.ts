import { workloadName } from "../../../crds/names.ts";
import type { AnyObject } from "../../../k8s/types.ts";
import { namespaceOf, workloadLabels } from "../slot.ts";
import { isTask, type RenderInput } from "./input.ts";

const DEFAULT_CPU_PERCENT = 80;

/** The autoscaler of a component that asks for one. */
export const renderAutoscaler = (input: RenderInput): AnyObject | undefined => {
  const { component, track, slot, type } = input;
  const hpa = input.application.scaling?.hpa;
  if (hpa === undefined || isTask(type)) return undefined;
  const name = workloadName(component, track);
  const { minReplicas = 1, maxReplicas = minReplicas, cpuThreshold, memoryThreshold } = hpa;
  const cpu = cpuThreshold ?? (memoryThreshold === undefined ? DEFAULT_CPU_PERCENT : undefined);
  const metrics = [...utilization("cpu", cpu), ...utilization("memory", memoryThreshold)];
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name, namespace: namespaceOf(slot), labels: workloadLabels(slot, type) },
    spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name }, minReplicas, maxReplicas, metrics },
  };
};

const utilization = (name: "cpu" | "memory", averageUtilization: number | undefined): object[] =>
  averageUtilization === undefined
    ? []
    : [{ type: "Resource", resource: { name, target: { type: "Utilization", averageUtilization } } }];
