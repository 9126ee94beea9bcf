import { PassThrough } from "node:stream";
import type Docker from "dockerode";
import { messageOf } from "../../../../lib/errors.ts";
import type { ExecOptions, ExecSession } from "../../api/kubelet.ts";
import { StatusError } from "../../api/status.ts";

/** Runs a command in a container of Docker. */
export const execInContainer = async (
  docker: Docker,
  container: Docker.Container,
  { command, stdin, tty }: Omit<ExecOptions, "container">,
): Promise<ExecSession> => {
  try {
    const exec = await container.exec({
      Cmd: [...command],
      AttachStdin: stdin,
      AttachStdout: true,
      AttachStderr: true,
      Tty: tty,
    });
    const stream = await exec.start({ hijack: true, stdin, Tty: tty });
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    if (tty) stream.pipe(stdout);
    else docker.modem.demuxStream(stream, stdout, stderr);
    const ended = new Promise<void>((resolve) => stream.once("end", resolve).once("close", resolve));
    const exited = ended.then(async () => {
      stdout.end();
      stderr.end();
      return (await exec.inspect()).ExitCode ?? 0;
    });
    return {
      stdin: stdin ? stream : undefined,
      stdout,
      stderr: tty ? undefined : stderr,
      exited,
      resize: ({ width, height }) => void exec.resize({ w: width, h: height }).catch(() => undefined),
      kill: () => void stream.destroy(),
    };
  } catch (error) {
    throw new StatusError("InternalError", `command ${JSON.stringify(command.join(" "))}: ${messageOf(error)}`);
  }
};
