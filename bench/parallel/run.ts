import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Runs a Node.js program to its end. */
export const run = async (
  args: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<Ended> => {
  const program = spawn(process.execPath, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  const code = new Promise<number | null>((resolve) => program.once("close", resolve));
  const [stdout, stderr] = await Promise.all([text(program.stdout), text(program.stderr)]);
  return { code: await code, output: stdout + stderr };
};
