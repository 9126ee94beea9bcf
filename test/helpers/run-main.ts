import { Readable } from "node:stream";
import type { MainOptions } from "../../src/cli/main.ts";
import { main } from "../../src/cli/main.ts";

export interface MainResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface MainWorld extends Omit<MainOptions, "stdin" | "stdout" | "stderr"> {
  readonly stdin?: string;
  /** Width of a terminal on stdout and stderr; without one both are pipes. */
  readonly columns?: number;
}

/** Runs the command line in this process, with streams, environment and folder of its own. */
export const runMain = async (argv: readonly string[], world: MainWorld = {}): Promise<MainResult> => {
  const { stdin = "", columns, ...rest } = world;
  const stdout = new FakeOutput(columns);
  const stderr = new FakeOutput(columns);
  const code = await main(argv, {
    env: {},
    cwd: "/",
    signal: new AbortController().signal,
    ...rest,
    stdin: Readable.from([stdin]),
    stdout,
    stderr,
  });
  return { code, stdout: stdout.text, stderr: stderr.text };
};

/** Collects what is written, as a pipe or as a terminal. */
export class FakeOutput {
  text = "";
  readonly isTTY: boolean;
  readonly columns: number | undefined;

  constructor(columns?: number) {
    this.columns = columns;
    this.isTTY = columns !== undefined;
  }

  write(text: string): boolean {
    this.text += text;
    return true;
  }
}
