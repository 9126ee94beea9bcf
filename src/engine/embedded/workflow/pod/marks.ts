import type { Parameter } from "../types.ts";

export const LABELS = {
  workflow: "workflows.argoproj.io/workflow",
  completed: "workflows.argoproj.io/completed",
  phase: "workflows.argoproj.io/phase",
} as const;

export const ANNOTATIONS = {
  nodeId: "workflows.argoproj.io/node-id",
  nodeName: "workflows.argoproj.io/node-name",
  /** What the pod is asked for, as JSON of {@link Wanted}. */
  wanted: "workflows.choreo.dev/wanted",
} as const;

/** What the end of a pod has to give. */
export interface Wanted {
  readonly result: boolean;
  readonly parameters: readonly Parameter[];
}
