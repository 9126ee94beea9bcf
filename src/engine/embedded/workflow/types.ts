import type { KubeObject } from "../../../k8s/types.ts";
import type { Json } from "../patch/json.ts";

/** What the executor reads of `argoproj.io/v1alpha1`; fields it does not know stay in the objects, unread. */
export const API_VERSION = "argoproj.io/v1alpha1";

type JsonObject = { readonly [key: string]: Json };

export interface ConfigMapKey {
  readonly name: string;
  readonly key: string;
  readonly optional?: boolean;
}

export interface ValueFrom {
  readonly path?: string;
  readonly parameter?: string;
  readonly expression?: string;
  readonly default?: Json;
  readonly configMapKeyRef?: ConfigMapKey;
  readonly supplied?: JsonObject;
}

export interface Parameter {
  readonly name: string;
  readonly value?: Json;
  readonly default?: Json;
  readonly enum?: readonly Json[];
  readonly valueFrom?: ValueFrom;
  readonly globalName?: string;
  readonly description?: string;
}

export interface Artifact {
  readonly name: string;
  readonly path?: string;
  readonly from?: string;
  readonly fromExpression?: string;
  readonly optional?: boolean;
  readonly mode?: number;
  readonly globalName?: string;
  readonly raw?: { readonly data: string };
  /** In the executor's own folder of the workflow: the only repository there is. */
  readonly s3?: { readonly key?: string };
}

export interface Arguments {
  readonly parameters?: readonly Parameter[];
  readonly artifacts?: readonly Artifact[];
}

export interface Outputs extends Arguments {
  readonly result?: string;
  readonly exitCode?: string;
}

export interface TemplateRef {
  readonly name: string;
  readonly template: string;
  readonly clusterScope?: boolean;
}

export interface Hook {
  readonly template?: string;
  readonly templateRef?: TemplateRef;
  readonly arguments?: Arguments;
  readonly expression?: string;
}

export interface Sequence {
  readonly count?: string | number;
  readonly start?: string | number;
  readonly end?: string | number;
  readonly format?: string;
}

/** A step or a task. */
export interface Call {
  readonly name: string;
  readonly template?: string;
  readonly templateRef?: TemplateRef;
  readonly inline?: Template;
  readonly arguments?: Arguments;
  readonly when?: string;
  readonly withItems?: readonly Json[];
  readonly withParam?: string;
  readonly withSequence?: Sequence;
  readonly continueOn?: { readonly failed?: boolean; readonly error?: boolean };
  readonly onExit?: string;
  readonly hooks?: Readonly<Record<string, Hook>>;
  readonly dependencies?: readonly string[];
  readonly depends?: string;
}

export interface RetryStrategy {
  readonly limit?: string | number;
  readonly retryPolicy?: "Always" | "OnFailure" | "OnError" | "OnTransientError";
  readonly expression?: string;
  readonly backoff?: {
    readonly duration?: string | number;
    readonly factor?: string | number;
    readonly maxDuration?: string | number;
    readonly cap?: string | number;
  };
}

export interface Container {
  readonly name?: string;
  readonly image?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly source?: string;
  readonly [field: string]: unknown;
}

export interface Template {
  readonly name?: string;
  readonly inputs?: Arguments;
  readonly outputs?: Outputs;
  readonly container?: Container;
  readonly script?: Container;
  readonly steps?: readonly (readonly Call[] | { readonly steps?: readonly Call[] })[];
  readonly dag?: { readonly tasks: readonly Call[]; readonly target?: string; readonly failFast?: boolean };
  readonly suspend?: { readonly duration?: string | number } | null;
  readonly retryStrategy?: RetryStrategy;
  readonly activeDeadlineSeconds?: string | number;
  readonly parallelism?: number;
  readonly failFast?: boolean;
  readonly daemon?: boolean;
  readonly timeout?: string;
  readonly podSpecPatch?: string;
  readonly metadata?: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly volumes?: readonly JsonObject[];
  readonly initContainers?: readonly Container[];
  readonly sidecars?: readonly Container[];
  readonly synchronization?: Json;
  readonly memoize?: Json;
  readonly [field: string]: unknown;
}

export interface WorkflowSpec {
  readonly entrypoint?: string;
  readonly templates?: readonly Template[];
  readonly templateDefaults?: Template;
  readonly arguments?: Arguments;
  readonly workflowTemplateRef?: { readonly name: string; readonly clusterScope?: boolean };
  readonly onExit?: string;
  readonly hooks?: Readonly<Record<string, Hook>>;
  readonly parallelism?: number;
  readonly priority?: number;
  readonly suspend?: boolean;
  readonly shutdown?: "Stop" | "Terminate";
  readonly activeDeadlineSeconds?: number;
  readonly serviceAccountName?: string;
  readonly podSpecPatch?: string;
  readonly podMetadata?: Template["metadata"];
  readonly retryStrategy?: RetryStrategy;
  readonly volumes?: readonly JsonObject[];
  readonly volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string } }[];
  readonly ttlStrategy?: {
    readonly secondsAfterCompletion?: number;
    readonly secondsAfterSuccess?: number;
    readonly secondsAfterFailure?: number;
  };
  readonly podGC?: { readonly strategy?: string; readonly deleteDelayDuration?: string };
  readonly synchronization?: Json;
  readonly workflowMetadata?: Template["metadata"];
  readonly [field: string]: unknown;
}

export type NodeType = "Pod" | "Steps" | "StepGroup" | "DAG" | "TaskGroup" | "Retry" | "Skipped" | "Suspend";
export type Phase = "Pending" | "Running" | "Succeeded" | "Skipped" | "Failed" | "Error" | "Omitted";

/** One entry of `status.nodes`. Nodes of a reconciliation are changed in place. */
export interface Node {
  readonly id: string;
  readonly name: string;
  readonly displayName: string;
  type: NodeType;
  templateName?: string;
  templateRef?: TemplateRef;
  templateScope?: string;
  phase: Phase;
  boundaryID?: string;
  message?: string;
  startedAt: string | null;
  finishedAt: string | null;
  progress?: string;
  children?: string[];
  outboundNodes?: string[];
  inputs?: Arguments;
  outputs?: Outputs;
  daemoned?: boolean;
  hostNodeName?: string;
  nodeFlag?: { readonly hooked?: boolean; readonly retried?: boolean };
}

export interface WorkflowStatus {
  phase?: "Pending" | "Running" | "Succeeded" | "Failed" | "Error";
  message?: string;
  progress?: string;
  startedAt?: string | null;
  finishedAt?: string | null;
  conditions?: { type: string; status: string; message?: string }[];
  nodes?: Record<string, Node>;
  outputs?: Outputs;
  /** Of workflowTemplateRef: later changes of the template do not reach a running workflow. */
  storedWorkflowTemplateSpec?: WorkflowSpec;
}

export interface Workflow extends KubeObject {
  readonly spec: WorkflowSpec;
  readonly status?: WorkflowStatus;
}

export interface WorkflowTemplate extends KubeObject {
  readonly spec: WorkflowSpec;
}

export const isFulfilled = ({ phase, daemoned }: Pick<Node, "phase" | "daemoned">): boolean =>
  daemoned === true || (phase !== "Pending" && phase !== "Running");

export const isFailed = ({ phase }: Pick<Node, "phase">): boolean => phase === "Failed" || phase === "Error";
