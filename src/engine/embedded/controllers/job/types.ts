import type { KubeObject } from "../../../../k8s/types.ts";
import type { LabelSelector, Pod, PodTemplate, StatusCondition } from "../kinds.ts";

export interface UncountedPods {
  readonly succeeded?: readonly string[];
  readonly failed?: readonly string[];
}

export interface JobStatus {
  readonly active?: number;
  readonly ready?: number;
  readonly terminating?: number;
  readonly succeeded?: number;
  readonly failed?: number;
  readonly startTime?: string;
  readonly completionTime?: string;
  readonly completedIndexes?: string;
  readonly uncountedTerminatedPods?: UncountedPods;
  readonly conditions?: readonly StatusCondition[];
}

export interface FailureRule {
  readonly action: "FailJob" | "FailIndex" | "Ignore" | "Count";
  readonly onExitCodes?: {
    readonly containerName?: string;
    readonly operator: "In" | "NotIn";
    readonly values: readonly number[];
  };
  readonly onPodConditions?: readonly { readonly type: string; readonly status?: string }[];
}

export interface Job extends KubeObject {
  readonly spec: {
    readonly parallelism?: number;
    readonly completions?: number;
    readonly backoffLimit?: number;
    readonly activeDeadlineSeconds?: number;
    readonly ttlSecondsAfterFinished?: number;
    readonly suspend?: boolean;
    readonly completionMode?: "NonIndexed" | "Indexed";
    readonly podReplacementPolicy?: "TerminatingOrFailed" | "Failed";
    readonly podFailurePolicy?: { readonly rules: readonly FailureRule[] };
    readonly managedBy?: string;
    readonly selector: LabelSelector;
    readonly template: PodTemplate;
  };
  readonly status?: JobStatus;
}

/** Holds a pod until its end is counted. */
export const TRACKING = "batch.kubernetes.io/job-tracking";
export const COMPLETION_INDEX = "batch.kubernetes.io/job-completion-index";

export const isTracked = ({ metadata }: Pod): boolean => metadata.finalizers?.includes(TRACKING) === true;

export const indexOf = ({ metadata }: Pod): number | undefined => {
  const text = metadata.annotations?.[COMPLETION_INDEX];
  return text === undefined || !/^\d+$/.test(text) ? undefined : Number(text);
};
