import type { AnyObject } from "../../../../k8s/types.ts";
import type { Node } from "../types.ts";

interface ContainerStatus {
  readonly name: string;
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly running?: object;
    readonly terminated?: {
      readonly exitCode: number;
      readonly reason?: string;
      readonly message?: string;
      readonly finishedAt?: string | null;
    };
  };
}

export interface PodStatus {
  readonly phase?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason?: string;
    readonly message?: string;
  }[];
  readonly containerStatuses?: readonly ContainerStatus[];
  readonly initContainerStatuses?: readonly ContainerStatus[];
}

/** What a pod says of its node. */
export interface Outcome {
  readonly phase: Node["phase"];
  readonly message: string | undefined;
  readonly exitCode: string | undefined;
}

export const statusOf = (pod: AnyObject): PodStatus => pod["status"] ?? {};

export const terminatedOf = (pod: AnyObject, container: string) =>
  statusOf(pod).containerStatuses?.find(({ name }) => name === container)?.state?.terminated;

export const outcomeOf = (pod: AnyObject): Outcome => {
  const status = statusOf(pod);
  const main = terminatedOf(pod, "main");
  const exitCode = main === undefined ? undefined : String(main.exitCode);
  switch (status.phase) {
    case "Succeeded":
      return { phase: "Succeeded", message: undefined, exitCode };
    case "Failed":
      return { ...failureOf(status), exitCode };
    case "Running":
      return { phase: "Running", message: undefined, exitCode: undefined };
    default:
      return { phase: "Pending", message: whyPending(status), exitCode: undefined };
  }
};

/** The pod's own message, or that of the first container that failed: what main does is a failure, all else an error. */
const failureOf = ({
  message,
  initContainerStatuses = [],
  containerStatuses = [],
}: PodStatus): Pick<Outcome, "phase" | "message"> => {
  if (message !== undefined && message !== "") return { phase: "Failed", message };
  const order = (name: string): number => (name === "main" ? 1 : name === "wait" ? 2 : 0);
  const all = [...initContainerStatuses, ...containerStatuses].sort((a, b) => order(a.name) - order(b.name));
  for (const { name, state } of all) {
    const ended = state?.terminated;
    if (ended === undefined || ended.exitCode === 0) continue;
    const text = `${name}: ${ended.reason ?? "Error"} (exit code ${ended.exitCode})`;
    const whole = ended.message === undefined || ended.message === "" ? text : `${text}: ${ended.message}`;
    return { phase: name === "wait" || name === "init" ? "Error" : "Failed", message: whole };
  }
  return { phase: "Succeeded", message: undefined };
};

const whyPending = ({
  conditions = [],
  containerStatuses = [],
  initContainerStatuses = [],
}: PodStatus): string | undefined => {
  const unscheduled = conditions.find(
    ({ type, status, reason }) => type === "PodScheduled" && status === "False" && reason !== undefined,
  );
  if (unscheduled !== undefined) return described(unscheduled);
  const waiting = [...initContainerStatuses, ...containerStatuses].find(
    ({ state }) => state?.waiting?.reason !== undefined,
  )?.state?.waiting;
  return waiting === undefined ? undefined : described(waiting);
};

const described = ({ reason = "", message }: { readonly reason?: string; readonly message?: string }): string =>
  message === undefined || message === "" ? reason : `${reason}: ${message}`;
