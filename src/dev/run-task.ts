import { randomBytes } from "node:crypto";
import { namespaceOf, requireSlot, selectorText, slotLabels } from "../controller/deployment/slot.ts";
import { generateName, LIMITS } from "../crds/names.ts";
import type { Deployment } from "../crds/types.ts";
import type { KubeClient } from "../k8s/client.ts";
import { isKubeError } from "../k8s/errors.ts";
import { logLines } from "../k8s/log-lines.ts";
import { isHopeless } from "../k8s/readiness.ts";
import type { AnyObject, ObjectRef } from "../k8s/types.ts";
import { ChoreoError, messageOf } from "../lib/errors.ts";
import { poll } from "../lib/poll.ts";

export interface TaskRun {
  /** Client of the data plane. */
  readonly plane: KubeClient;
  readonly deployment: Deployment;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** How a task ended. */
export interface TaskEnd {
  /** Of its container. */
  readonly exitCode: number;
  /** Why it was ended before it ended itself; undefined when it did. */
  readonly stopped: string | undefined;
}

const JOB = { apiVersion: "batch/v1", kind: "Job" } as const;

/** Starts a task once, from the CronJob that stands for it in the data plane. Returns the Job. */
export const startTask = async ({ plane, deployment, signal }: TaskRun): Promise<AnyObject> => {
  const slot = requireSlot(deployment);
  const labelSelector = selectorText(slotLabels(slot));
  const found = await plane.list(
    { apiVersion: "batch/v1", kind: "CronJob" },
    { namespace: namespaceOf(slot), labelSelector, signal },
  );
  const [cronJob] = found.items;
  if (cronJob === undefined)
    throw new ChoreoError("E_NOT_READY", `${slot.component} is not in its data plane yet`, {
      why: `no CronJob in ${namespaceOf(slot)} has its labels`,
      fix: "choreo-dev status",
    });
  return plane.create(jobOf(cronJob), { signal });
};

interface CronJobSpec {
  readonly jobTemplate: {
    readonly metadata?: { readonly labels?: Record<string, string>; readonly annotations?: Record<string, string> };
    readonly spec: Record<string, unknown>;
  };
}

/** As `kubectl create job --from` makes it, but run once: what fails is not tried again. */
const jobOf = (cronJob: AnyObject): AnyObject => {
  const { name, namespace = "", uid = "" } = cronJob.metadata;
  const { jobTemplate } = cronJob["spec"] as CronJobSpec;
  return {
    ...JOB,
    metadata: {
      name: generateName(LIMITS.label, name, "run", randomBytes(4).toString("hex")),
      namespace,
      labels: jobTemplate.metadata?.labels ?? {},
      annotations: { ...jobTemplate.metadata?.annotations, "cronjob.kubernetes.io/instantiate": "manual" },
      ownerReferences: [{ apiVersion: cronJob.apiVersion, kind: cronJob.kind, name, uid, controller: true }],
    },
    spec: { ...jobTemplate.spec, backoffLimit: 0 },
  };
};

/** Follows the log of a Job's pod and waits for its end. A pod that cannot start is E_NOT_READY, in the kubelet's words. */
export const followTask = async (run: TaskRun, job: AnyObject, onLine: (line: string) => void): Promise<TaskEnd> => {
  const { plane, timeoutMs, signal } = run;
  const began = await untilBegun(run, job);
  if (began !== "ended") await printLog(plane, began, { signal, onLine });
  return poll(
    async () => {
      const end = await endOf(plane, job, signal);
      return end === undefined ? { done: false, missing: "it runs" } : { done: true, value: end };
    },
    {
      what: `task ${job.metadata.name}`,
      timeoutMs,
      intervalMs: 50,
      maxIntervalMs: 500,
      signal,
      fix: "choreo-dev status",
    },
  );
};

/** The Job's pod, when its container has started; a Job may end without that. */
const untilBegun = ({ plane, timeoutMs, signal }: TaskRun, job: AnyObject): Promise<AnyObject | "ended"> =>
  poll<AnyObject | "ended">(
    async () => {
      const pod = await podOf(plane, job, signal);
      const { state } = containerOf(pod);
      if (pod !== undefined && (state?.running !== undefined || state?.terminated !== undefined))
        return { done: true, value: pod };
      const { reason = "", message = "" } = state?.waiting ?? {};
      if (isHopeless(reason))
        throw new ChoreoError("E_NOT_READY", `Task ${job.metadata.name} cannot start: ${reason}`, {
          why: message,
          fix: "choreo-dev status",
        });
      if ((await endOf(plane, job, signal)) !== undefined) return { done: true, value: "ended" };
      return { done: false, missing: reason || unscheduled(pod) };
    },
    {
      what: `task ${job.metadata.name} to start`,
      ...{ timeoutMs, intervalMs: 50, maxIntervalMs: 300, signal, code: "E_NOT_READY", fix: "choreo-dev status" },
    },
  );

interface PodStatus {
  readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
  readonly containerStatuses?: readonly { readonly name: string; readonly state?: ContainerState }[];
}

interface ContainerState {
  readonly running?: object;
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly terminated?: { readonly exitCode: number };
}

const statusOf = (pod: AnyObject | undefined): PodStatus => pod?.["status"] ?? {};

const containerOf = (pod: AnyObject | undefined): { readonly state?: ContainerState } =>
  statusOf(pod).containerStatuses?.[0] ?? {};

const unscheduled = (pod: AnyObject | undefined): string =>
  statusOf(pod).conditions?.find(({ type, status }) => type === "PodScheduled" && status === "False")?.message ??
  "its pod has not started";

const podOf = async (plane: KubeClient, job: AnyObject, signal: AbortSignal): Promise<AnyObject | undefined> => {
  const { namespace, name } = job.metadata;
  const { items } = await plane.list(
    { apiVersion: "v1", kind: "Pod" },
    { namespace, labelSelector: `batch.kubernetes.io/job-name=${name}`, signal },
  );
  return items[0];
};

const endOf = async (plane: KubeClient, job: AnyObject, signal: AbortSignal): Promise<TaskEnd | undefined> => {
  const found = await plane.get(refOf(job), { signal });
  if (found === undefined)
    throw new ChoreoError("E_NOT_FOUND", `Job ${job.metadata.name} is gone`, { why: "somebody deleted it" });
  const { conditions = [] } = (found["status"] ?? {}) as {
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
  };
  const ended = conditions.find(({ type, status }) => (type === "Complete" || type === "Failed") && status === "True");
  if (ended === undefined) return undefined;
  const exitCode = containerOf(await podOf(plane, job, signal)).state?.terminated?.exitCode;
  if (ended.type === "Complete") return { exitCode: exitCode ?? 0, stopped: undefined };
  const stopped = ended.reason === "BackoffLimitExceeded" ? undefined : `${ended.reason}: ${ended.message ?? ""}`;
  return { exitCode: exitCode || 1, stopped };
};

const printLog = async (
  plane: KubeClient,
  { metadata: { name, namespace = "" } }: AnyObject,
  { signal, onLine }: { readonly signal: AbortSignal; readonly onLine: (line: string) => void },
): Promise<void> => {
  try {
    for await (const line of logLines(plane, { name, namespace }, { signal, follow: true })) onLine(line);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (!isKubeError(error)) throw error;
    onLine(`the log ended: ${messageOf(error)}`);
  }
};

/** Ends a run that nobody waits for any more. */
export const stopTask = (plane: KubeClient, job: AnyObject): Promise<boolean> =>
  plane.delete(refOf(job), { propagation: "Background" });

const refOf = ({ metadata: { name, namespace } }: AnyObject): ObjectRef => ({ ...JOB, name, namespace });
