import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";

interface Step {
  readonly id?: string;
  readonly if?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Job {
  /** Steps that run from here on find what earlier ones have put on the path. */
  runAction(file: string, inputs: Readonly<Record<string, string>>): Promise<ActionResult>;
  summary(): string;
}

export interface ActionResult {
  readonly code: number;
  readonly output: string;
  readonly outputs: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The part of a runner that composite actions of scripts need: their inputs, variables and files. `uses` is not run. */
export const createJob = (dir: string, workspace: string, env: NodeJS.ProcessEnv): Job => {
  const temp = mkdtempSync(path.join(dir, "runner-"));
  const files = { path: path.join(temp, "path"), summary: path.join(temp, "summary.md") };
  for (const file of Object.values(files)) writeFileSync(file, "");
  const runAction: Job["runAction"] = async (file, given) => {
    const action = parse(readFileSync(file, "utf8")) as {
      inputs: Readonly<Record<string, { default: string }>>;
      runs: { steps: readonly Step[] };
    };
    const defaults = Object.entries(action.inputs).map(([name, input]) => [name, input.default]);
    const inputs: Readonly<Record<string, string>> = { ...Object.fromEntries(defaults), ...given };
    const outputs: Record<string, Record<string, string>> = {};
    const fill = (text: string): string =>
      text.replaceAll(/\$\{\{\s*inputs\.([\w-]+)\s*\}\}/g, (_all, name: string) => inputs[name] ?? "");
    let output = "";
    for (const [index, step] of action.runs.steps.entries()) {
      if (step.run === undefined) continue;
      const outputFile = path.join(temp, `output-${path.basename(path.dirname(file))}-${index}`);
      writeFileSync(outputFile, "");
      const result = await runScript(step.run, workspace, {
        ...env,
        ...Object.fromEntries(Object.entries(step.env ?? {}).map(([name, value]) => [name, fill(value)])),
        PATH: [...readFileSync(files.path, "utf8").split("\n").filter(Boolean), env["PATH"]].join(":"),
        RUNNER_TEMP: temp,
        RUNNER_OS: "Linux",
        RUNNER_ARCH: "X64",
        GITHUB_ACTION_PATH: path.dirname(file),
        GITHUB_PATH: files.path,
        GITHUB_OUTPUT: outputFile,
        GITHUB_STEP_SUMMARY: files.summary,
      });
      output += result.output;
      outputs[step.id ?? String(index)] = pairsIn(readFileSync(outputFile, "utf8"));
      if (result.code !== 0) return { code: result.code, output, outputs };
    }
    return { code: 0, output, outputs };
  };
  mkdirSync(workspace, { recursive: true });
  return { runAction, summary: () => readFileSync(files.summary, "utf8") };
};

const pairsIn = (text: string): Record<string, string> =>
  Object.fromEntries(
    text
      .split("\n")
      .filter(Boolean)
      .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );

/** As a runner starts `shell: bash`. */
const runScript = (script: string, cwd: string, env: NodeJS.ProcessEnv): Promise<{ code: number; output: string }> => {
  const args = ["--noprofile", "--norc", "-eo", "pipefail", "-c", script];
  const child = spawn("bash", args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? -1, output }));
  });
};
