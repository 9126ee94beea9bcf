import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The real kubectl, as a second opinion on what the product says. */
export const kubectl = async (kubeconfig: string, context: string, ...args: string[]): Promise<string> =>
  (
    await run("kubectl", ["--kubeconfig", kubeconfig, "--context", context, ...args], { maxBuffer: 50_000_000 })
  ).stdout.trim();
