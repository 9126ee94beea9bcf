import { isOfExecutor } from "../../controller/build/executor-lines.ts";
import { STEPS, stepName } from "../../controller/build/steps.ts";
import { labelOf } from "../../controller/hierarchy.ts";
import { LABELS } from "../../crds/labels.ts";
import { ciNamespace, workflowName } from "../../crds/names.ts";
import type { Build } from "../../crds/types.ts";
import type { KubeClient } from "../../k8s/client.ts";
import { isKubeError } from "../../k8s/errors.ts";
import { logLines } from "../../k8s/log-lines.ts";
import type { AnyObject } from "../../k8s/types.ts";
import { systemClock } from "../../lib/clock.ts";
import { linkAbort } from "../../lib/deadline.ts";
import { messageOf } from "../../lib/errors.ts";

/** Told of each line, in the order of the step that prints it. */
export type OnStepLine = (step: string, line: string) => void;

interface StepLogOptions {
  readonly signal: AbortSignal;
  readonly onLine: OnStepLine;
}

/** Prints what the steps of a build have logged until now, one after the other. Returns how many lines there were. */
export const printStepLogs = async (
  plane: KubeClient,
  build: Build,
  { signal, onLine }: StepLogOptions,
): Promise<number> => {
  let lines = 0;
  for (const container of await startedContainers(plane, build, signal))
    for await (const line of linesOf(plane, container, { signal })) {
      lines++;
      onLine(container.step, line);
    }
  return lines;
};

const LOOK_EVERY_MS = 300;
/** A log that has not ended this long after its build is not waited for. */
const LAST_LINES_MS = 3000;

/** Prints the logs of a build's steps as they run, until `ended` settles and what was printed before has been told. */
export const followStepLogs = async (
  plane: KubeClient,
  build: Build,
  { ended, signal, onLine }: StepLogOptions & { readonly ended: Promise<unknown> },
): Promise<void> => {
  const over = new AbortController();
  const reading = new AbortController();
  const unlink = linkAbort(signal, reading);
  const end = (): void => over.abort();
  ended.then(end, end);
  const followed = new Map<string, Promise<void>>();
  const look = async (): Promise<void> => {
    for (const container of await startedContainers(plane, build, reading.signal)) {
      const key = `${container.pod}/${container.name}`;
      if (!followed.has(key)) followed.set(key, copy(plane, container, { signal: reading.signal, onLine }));
    }
  };
  try {
    while (!over.signal.aborted) {
      await look();
      await systemClock.sleep(LOOK_EVERY_MS, over.signal).catch(() => undefined);
    }
    await look();
    const late = setTimeout(() => reading.abort(), LAST_LINES_MS);
    await Promise.all(followed.values());
    clearTimeout(late);
  } finally {
    unlink();
  }
};

interface StepContainer {
  readonly step: string;
  readonly namespace: string;
  readonly pod: string;
  readonly name: string;
}

/** Whatever ends a log is no reason to end the build that it is of. */
const copy = async (plane: KubeClient, container: StepContainer, { signal, onLine }: StepLogOptions): Promise<void> => {
  try {
    for await (const line of linesOf(plane, container, { signal, follow: true })) onLine(container.step, line);
  } catch (error) {
    if (!signal.aborted) onLine(container.step, `the log ended: ${messageOf(error)}`);
  }
};

async function* linesOf(
  plane: KubeClient,
  { namespace, pod, name }: StepContainer,
  options: { readonly signal: AbortSignal; readonly follow?: boolean },
): AsyncGenerator<string> {
  for await (const line of logLines(plane, { namespace, name: pod }, { ...options, container: name }))
    if (!isOfExecutor(line)) yield line;
}

/** Containers of steps that have begun: all of one pod, or one of a pod each. */
const startedContainers = async (plane: KubeClient, build: Build, signal: AbortSignal): Promise<StepContainer[]> => {
  const namespace = ciNamespace(labelOf(build, LABELS.organization) ?? "");
  const labelSelector = `workflows.argoproj.io/workflow=${workflowName(build.metadata.name)}`;
  const pods = await plane
    .list({ apiVersion: "v1", kind: "Pod" }, { namespace, labelSelector, signal })
    .catch(ifMissing);
  return pods.items
    .toSorted((a, b) => (a.metadata.creationTimestamp ?? "").localeCompare(b.metadata.creationTimestamp ?? ""))
    .flatMap((pod) => containersOf(pod).map(({ name, step }) => ({ step, namespace, pod: pod.metadata.name, name })));
};

const ifMissing = (error: unknown): { items: AnyObject[] } => {
  if (isKubeError(error, 404)) return { items: [] };
  throw error;
};

interface PodStatus {
  readonly containerStatuses?: readonly {
    readonly name: string;
    readonly state?: { readonly running?: object; readonly terminated?: object };
  }[];
}

const STEP_OF_CONTAINER = STEPS.flatMap(({ condition, names }) =>
  names.map((name) => [name, stepName(condition)] as const),
);

/** The step containers of a pod that have started, in the order of the steps. */
const containersOf = (pod: AnyObject): { readonly name: string; readonly step: string }[] => {
  const { containerStatuses = [] } = (pod["status"] ?? {}) as PodStatus;
  const started = containerStatuses
    .filter(({ state }) => state?.running !== undefined || state?.terminated !== undefined)
    .map(({ name }) => name);
  const { containers = [] } = (pod["spec"] ?? {}) as { containers?: readonly { readonly name: string }[] };
  const isSet = containers.some(({ name }) => name.endsWith("-step"));
  if (isSet)
    return STEP_OF_CONTAINER.filter(([name]) => started.includes(name)).map(([name, step]) => ({ name, step }));
  return started.includes("main") ? [{ name: "main", step: stepOfPod(pod) }] : [];
};

/** Of a workflow whose steps are pods: the last part of the node's name, `build.clone-step` or `build[0].clone-step`. */
const stepOfPod = ({ metadata }: AnyObject): string => {
  const node = metadata.annotations?.["workflows.argoproj.io/node-name"] ?? metadata.name;
  const last = node.split(".").at(-1) ?? node;
  return last.replace(/-step$/, "");
};
