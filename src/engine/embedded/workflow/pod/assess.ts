import { isKubeError } from "../../../../k8s/errors.ts";
import type { AnyObject } from "../../../../k8s/types.ts";
import { type Run, setPhase } from "../run.ts";
import { type Node, type Outputs, type Parameter, isFailed, isFulfilled } from "../types.ts";
import { textOf } from "../expression/values.ts";
import { podNameOf, podOf } from "./find.ts";
import { ANNOTATIONS, type Wanted } from "./marks.ts";
import { publish } from "../publish.ts";
import { outcomeOf, terminatedOf } from "./outcome.ts";
import { type Report, readReport } from "./wrapper.ts";

/** How long after the end of main its outputs may come. */
const OUTPUTS_WITHIN_MS = 10_000;

/** Brings the nodes of pods up to what their pods say. */
export const assessPods = async (run: Run): Promise<void> => {
  for (const node of run.nodes.values()) {
    if (node.type !== "Pod" || isFulfilled(node)) continue;
    const pod = podOf(run, node) ?? (await run.findPod(podNameOf(run, node)));
    if (pod === undefined) setPhase(run, node, "Error", "pod deleted");
    else await assess(run, node, pod);
  }
};

const assess = async (run: Run, node: Node, pod: AnyObject): Promise<void> => {
  const { nodeName } = (pod["spec"] ?? {}) as { nodeName?: string };
  if (nodeName !== undefined && nodeName !== "") node.hostNodeName = nodeName;
  const isAbandoned = await isLeftAlone(run, pod);
  const outcome = outcomeOf(isAbandoned ? endedByMain(pod) : pod);
  if (outcome.phase === "Pending" || outcome.phase === "Running") {
    setPhase(run, node, outcome.phase);
    if (outcome.message === undefined) delete node.message;
    else node.message = outcome.message;
    return;
  }
  delete node.message;
  const { outputs, problem } = await outputsOf(run, pod, outcome.exitCode);
  if (Object.keys(outputs).length > 0) node.outputs = outputs;
  publish(run, outputs);
  const hasProblem = problem !== undefined && !isFailed(outcome);
  setPhase(run, node, hasProblem ? "Error" : outcome.phase, hasProblem ? problem : outcome.message);
};

/** Main was killed before it could hand its outputs over: nobody waits for them for ever. */
const isLeftAlone = async (run: Run, pod: AnyObject): Promise<boolean> => {
  const main = terminatedOf(pod, "main");
  if (main === undefined || outcomeOf(pod).phase !== "Running" || wantedOf(pod) === undefined) return false;
  const leftMs = Date.parse(main.finishedAt ?? "") + OUTPUTS_WITHIN_MS - run.nowMs;
  if (leftMs > 0) {
    run.wakeAfter(leftMs);
    return false;
  }
  await run.deletePod(pod.metadata.name);
  return true;
};

const endedByMain = (pod: AnyObject): AnyObject => {
  const status = pod["status"] as object;
  const main = terminatedOf(pod, "main");
  return { ...pod, status: { ...status, phase: main?.exitCode === 0 ? "Succeeded" : "Failed" } };
};

const wantedOf = (pod: AnyObject): Wanted | undefined => {
  const wanted = JSON.parse(pod.metadata.annotations?.[ANNOTATIONS.wanted] ?? "{}") as Partial<Wanted>;
  const { result = false, parameters = [] } = wanted;
  return result || parameters.length > 0 ? { result, parameters } : undefined;
};

interface Given {
  readonly outputs: Outputs;
  /** Why the pod is in error, though its program is not. */
  readonly problem?: string;
}

const outputsOf = async (run: Run, pod: AnyObject, exitCode: string | undefined): Promise<Given> => {
  const base: Outputs = exitCode === undefined ? {} : { exitCode };
  const wanted = wantedOf(pod);
  if (wanted === undefined || exitCode === undefined) return { outputs: base };
  const report = await reportOf(run, pod);
  const parameters = wanted.parameters.map((parameter, index) => filled(parameter, report.outputs.get(index)));
  const missing = parameters.find(({ value }) => value === undefined);
  const where = `/var/run/argo/outputs/parameters${missing?.valueFrom?.path ?? ""}`;
  const problem = report.isComplete
    ? missing && `wait: Error (exit code 64): open ${where}: no such file or directory`
    : "wait: Error (exit code 64): the outputs of main could not be read";
  return {
    outputs: {
      ...base,
      ...(report.result === undefined ? {} : { result: withoutNewline(report.result) }),
      ...(parameters.length > 0 ? { parameters } : {}),
    },
    ...(problem === undefined ? {} : { problem }),
  };
};

const filled = (parameter: Parameter, text: string | undefined): Parameter => {
  const value = text === undefined ? parameter.valueFrom?.default : withoutNewline(text);
  return value === undefined ? parameter : { ...parameter, value: textOf(value) };
};

const LONGEST_RESULT = 256 * 1024;

/** One newline at the end is the program's, not the value's. */
const withoutNewline = (text: string): string => text.replace(/\n$/, "").slice(-LONGEST_RESULT);

const reportOf = async (run: Run, pod: AnyObject): Promise<Report> => {
  const { name, namespace = "" } = pod.metadata;
  let log = "";
  try {
    for await (const chunk of run.client.logs({ namespace, name }, { container: "wait" })) log += chunk;
  } catch (error) {
    // A log that is gone stays gone.
    if (!isKubeError(error, 400, 404)) throw error;
  }
  return readReport(log);
};
