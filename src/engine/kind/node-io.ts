import { PassThrough } from "node:stream";
import type { Duplex, Readable } from "node:stream";
import { finished } from "node:stream/promises";
import type Docker from "dockerode";
import { pack } from "tar-stream";
import { dockerFailed } from "../../docker/docker-error.ts";
import { ChoreoError, messageOf } from "../../lib/errors.ts";

export interface NodeFile {
  /** Absolute path in the node. */
  readonly path: string;
  readonly content: string;
  readonly mode: number;
}

/** Writes files into a container in one archive, running or not. Folders are made as needed. */
export const putNodeFiles = async (docker: Docker, id: string, files: readonly NodeFile[]): Promise<void> => {
  const archive = pack();
  for (const { path, content, mode } of files) archive.entry({ name: path.replace(/^\//, ""), mode }, content);
  archive.finalize();
  try {
    await docker.getContainer(id).putArchive(archive as unknown as NodeJS.ReadableStream, { path: "/" });
  } catch (error) {
    throw new ChoreoError("E_DOCKER", `Files could not be written into node ${id.slice(0, 12)}`, {
      why: messageOf(error),
      cause: error,
    });
  }
};

export interface NodeExecResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program in a node. `stdin` is streamed; the answer is whole. A non-zero exit is an answer, not an error. */
export const execInNode = async (
  docker: Docker,
  id: string,
  argv: readonly string[],
  options: { stdin?: Readable; signal?: AbortSignal } = {},
): Promise<NodeExecResult> => {
  options.signal?.throwIfAborted();
  const container = docker.getContainer(id);
  const start = async (): Promise<readonly [Docker.Exec, Duplex]> => {
    const stdin = options.stdin !== undefined;
    const exec = await container.exec({ Cmd: [...argv], AttachStdout: true, AttachStderr: true, AttachStdin: stdin });
    return [exec, await exec.start({ hijack: true, stdin })];
  };
  const [exec, stream] = await start().catch((error: unknown) => {
    throw dockerFailed(`${argv[0]} could not be run in node ${id.slice(0, 12)}`, error);
  });
  const onAbort = (): void => void stream.destroy(new Error("aborted"));
  options.signal?.addEventListener("abort", onAbort, { once: true });
  const stdout = collect();
  const stderr = collect();
  docker.modem.demuxStream(stream, stdout.sink, stderr.sink);
  const input = options.stdin;
  if (input !== undefined) {
    input.on("error", (error) => stream.destroy(error));
    input.pipe(stream);
  }
  try {
    await finished(stream, { writable: false });
  } catch (error) {
    throw options.signal?.aborted === true
      ? options.signal.reason
      : new ChoreoError("E_DOCKER", `${argv[0]} in the node lost its connection`, {
          why: messageOf(error),
          cause: error,
        });
  } finally {
    options.signal?.removeEventListener("abort", onAbort);
  }
  const { ExitCode } = await exec.inspect();
  return { code: ExitCode ?? -1, stdout: stdout.text(), stderr: stderr.text() };
};

const collect = (): { sink: PassThrough; text: () => string } => {
  const sink = new PassThrough();
  const chunks: Buffer[] = [];
  sink.on("data", (chunk: Buffer) => chunks.push(chunk));
  return { sink, text: () => Buffer.concat(chunks).toString("utf8") };
};
