import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { StepError } from "./step.ts";

export interface RunOptions {
  readonly cwd: string;
  /** Added to what the step itself has. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Told instead of the command, where that is long or has a secret in it. */
  readonly shown?: string | undefined;
}

/** Runs a command of a step, its output being the step's own. Throws StepError when it fails. */
export const run = async (argv: readonly string[], { cwd, env, shown }: RunOptions): Promise<void> => {
  const [program = "", ...args] = argv;
  const line = shown ?? argv.join(" ");
  process.stdout.write(`choreo: $ ${line}\n`);
  const child = spawn(program, args, { cwd, env: ownEnvironment(process.env, env), stdio: "inherit" });
  const [code, signal] = (await once(child, "exit").catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new StepError(`${program} is not installed on this machine, and the build needs it`);
  })) as [number | null, string | null];
  if (code !== 0) throw new StepError(`"${line}" ${code === null ? `was ended by ${signal}` : `ended with ${code}`}`);
};

/**
 * What a pod gets so that servers in it listen on its address is nothing for the tools of a build: tests would not find
 * their own servers on localhost.
 */
const ownEnvironment = (env: NodeJS.ProcessEnv, more: RunOptions["env"] = {}): NodeJS.ProcessEnv => {
  const options = env["NODE_OPTIONS"]?.replace(/--require "[^"]*node-preload\.cjs"\s*/, "");
  const paths = env["PYTHONPATH"]?.split(path.delimiter).filter((place) => !place.includes("runtime-helpers"));
  const own = Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("CHOREO_POD_")));
  return { ...own, NODE_OPTIONS: options ?? "", PYTHONPATH: paths?.join(path.delimiter) ?? "", ...more };
};
