import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { STEPS, type Step } from "./steps.ts";

/** What kubectl answered to a step, without what differs from run to run. */
export interface Answer {
  readonly call: string;
  readonly code: number;
  readonly stdout?: string;
  readonly stderr?: string;
}

/** Of the repository, from which tests and recordings are started. */
const folder = path.resolve("test/embedded/kubectl");
const file = path.join(folder, "recorded.json");

export const readRecorded = (): Answer[] => JSON.parse(readFileSync(file, "utf8")) as Answer[];
export const writeRecorded = (answers: readonly Answer[]): void =>
  writeFileSync(file, `${JSON.stringify(answers, undefined, 1)}\n`);

/** Makes all calls, one after the other, in a namespace of this cluster. */
export const runSteps = async (kubeconfig: string, context: string, namespace: string): Promise<Answer[]> => {
  const answers: Answer[] = [];
  for (const step of STEPS) answers.push(await runStep(step, { kubeconfig, context, namespace }));
  return answers;
};

interface Place {
  readonly kubeconfig: string;
  readonly context: string;
  readonly namespace: string;
}

const runStep = async (step: Step, { kubeconfig, context, namespace }: Place): Promise<Answer> => {
  const args = step.args.map((word) => word.replaceAll("NAMESPACE", namespace));
  const { code, stdout, stderr } = await kubectl(
    ["--kubeconfig", kubeconfig, "--context", context, "-n", namespace, ...args],
    step.input,
  );
  const call = `kubectl ${step.args.join(" ")}`;
  if (step.codeOnly === true) return { call, code };
  const text = normalize(stdout, namespace);
  const lines = text.trimEnd().split("\n");
  const prose =
    step.withoutProse === true
      ? lines.filter((line) => /^(GROUP|KIND|VERSION):|<\S+>/.test(line) && !/<empty>/.test(line))
      : undefined;
  const plain =
    step.lastLine === true ? (lines.at(-1) ?? "") : step.sorted === true ? lines.toSorted().join("\n") : text;
  const shown = prose?.join("\n") ?? plain;
  return { call, code, stdout: shown, stderr: normalize(stderr, namespace) };
};

const kubectl = (args: readonly string[], input = ""): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn("kubectl", args, {
      cwd: folder,
      stdio: ["pipe", "pipe", "pipe"],
      timeout: 120_000,
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    child.once("error", reject);
    child.once("close", (code) => resolve({ code: code ?? -1, stdout, stderr }));
  });

/** Times, addresses and generated names go; columns keep their order, not their width. */
const normalize = (text: string, namespace: string): string =>
  text
    .replaceAll(namespace, "NAMESPACE")
    .replaceAll(/\b\d{4}-\d\d-\d\dT[\d:]+Z/g, "TIME")
    .replaceAll(/\b\d+(?:\.\d+){3}\b/g, "ADDRESS")
    .replaceAll(/\b(\w+)-[a-z0-9]{8,10}-[a-z0-9]{5}\b/g, "$1-HASH-RANDOM")
    .replaceAll(/\b(greet)-[a-z0-9]{5}\b/g, "$1-RANDOM")
    .replaceAll(/(?<=\s)(?:\d+[smhd])+(?=\s|$)/g, "AGE")
    .replaceAll(/ {2,}/g, "  ")
    .replaceAll(/ +$/gm, "");
