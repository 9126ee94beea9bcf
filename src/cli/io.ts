import type { Readable } from "node:stream";

/** A stream that text goes to: the process's own, or a fake one in tests. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  /** Width of the terminal, in columns. */
  readonly columns?: number | undefined;
}

/** The world outside a command. Results go to `stdout`, everything that is talk to `stderr`. */
export interface Io {
  readonly stdin: Readable;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
}

/** The real streams, environment and folder of this process. */
export const processIo = (): Io => ({
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
});

/** Narrower than this a live view has no room; pseudo-terminals of CI services have no width at all. */
const NARROWEST = 40;

/** Whether a person watches this stream on a terminal that can redraw. */
export const isInteractive = (output: Output, env: NodeJS.ProcessEnv): boolean =>
  output.isTTY === true && (output.columns ?? 80) >= NARROWEST && env["TERM"] !== "dumb" && !isSet(env["CI"]);

/** Columns that text for this stream may take; undefined where lines may be as long as they like. */
export const widthOf = (output: Output): number | undefined =>
  output.isTTY === true && output.columns !== 0 ? output.columns : undefined;

/** Everything that comes in on stdin, as text. */
export const readAll = async (input: Readable): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of input) chunks.push(Buffer.from(chunk as Buffer | string));
  return Buffer.concat(chunks).toString("utf8");
};

export const isSet = (value: string | undefined): boolean => value !== undefined && !["", "0", "false"].includes(value);
