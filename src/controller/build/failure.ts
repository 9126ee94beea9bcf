import type { KubeClient } from "../../k8s/client.ts";
import type { PlaneCall } from "../deployment/planes.ts";
import { isOfExecutor } from "./executor-lines.ts";
import type { BuildInput } from "./inputs.ts";
import type { Progress } from "./steps.ts";

const LINES = 40;
const EXECUTOR_LINES = 5;
/** A condition is read in a terminal. */
const MAX_CHARACTERS = 4000;

/** Why a step failed: what Argo says, then the last lines that the step has printed. */
export const describeFailure = async (
  client: KubeClient,
  { namespace, workflow }: BuildInput,
  { failure, call }: { readonly failure: NonNullable<Progress["failure"]>; readonly call: PlaneCall },
): Promise<string> => {
  const lines = await lastLines(client, { namespace, workflow, container: failure.container }, call);
  const why = tidyMessage(failure.message);
  return lines === "" ? why : `${why}\n${lines}`;
};

/** Argo puts the container before its message, which the step tells already, and what may follow, nothing, behind it. */
const tidyMessage = (message: string): string =>
  message.replace(/^(?:(?:clone|test|build|push)-step|main): (?=Error)/, "").replace(/[:\s]+$/, "");

/** What a step itself has printed, without what Argo's executor says around it. */
const tidyLog = (text: string): string =>
  text
    .split("\n")
    .filter((line) => !isOfExecutor(line))
    .slice(-LINES)
    .join("\n")
    .trimEnd()
    .slice(-MAX_CHARACTERS);

/** Logs are a courtesy: a pod that is gone has none. */
const lastLines = async (
  client: KubeClient,
  { namespace, workflow, container }: { namespace: string; workflow: string; container: string },
  call: PlaneCall,
): Promise<string> => {
  try {
    const labelSelector = `workflows.argoproj.io/workflow=${workflow}`;
    const pods = await client.list({ apiVersion: "v1", kind: "Pod" }, { ...call, namespace, labelSelector });
    for (const pod of pods.items) {
      const containers = (pod["spec"] as { containers: { name: string }[] }).containers.map(({ name }) => name);
      const node = pod.metadata.annotations?.["workflows.argoproj.io/node-name"] ?? "";
      // Either the step is a container of the pod, or the pod is the step.
      const wanted = containers.includes(container) ? container : node.endsWith(`.${container}`) ? "main" : undefined;
      if (wanted === undefined) continue;
      let text = "";
      const options = { ...call, container: wanted, tailLines: LINES + EXECUTOR_LINES };
      for await (const piece of client.logs({ namespace, name: pod.metadata.name }, options)) text += piece;
      return tidyLog(text);
    }
  } catch {
    call.signal.throwIfAborted();
  }
  return "";
};
