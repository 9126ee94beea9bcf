import { execFile } from "node:child_process";

/** Runs a line exactly as a user would paste it, in a plain POSIX shell. Only for lines that the product printed. */
export const runPrintedLine = (
  line: string,
  env: NodeJS.ProcessEnv,
): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    execFile("/bin/sh", ["-c", line], { env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
    });
  });
