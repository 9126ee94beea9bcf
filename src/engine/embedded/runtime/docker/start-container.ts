import { PassThrough, type Readable } from "node:stream";
import type Docker from "dockerode";
import type { ContainerCreateOptions } from "dockerode";
import { messageOf } from "../../../../lib/errors.ts";
import type { Attempt, Exit } from "../attempt.ts";
import { containerEnv } from "../env/container-env.ts";
import { expandVariables } from "../env/expand.ts";
import { containerMounts } from "../container-mounts.ts";
import type { LogFile } from "../logs/log-file.ts";
import type { PodContext } from "../pod-context.ts";
import { StartError } from "../process/spawn.ts";
import type { Container } from "../types.ts";
import type { DockerNode } from "./docker-node.ts";
import { execInContainer } from "./exec-in-container.ts";
import { listensAt } from "./listens-at.ts";
import type { FoundImage } from "./resolve-image.ts";

export interface ContainerRun {
  readonly context: PodContext;
  readonly container: Container;
  readonly image: FoundImage;
  readonly node: DockerNode;
  readonly log: LogFile;
}

/** Docker could not say how the container ended. */
const UNKNOWN_EXIT = 255;

/** Starts one run of a container with Docker. Throws `ContainerConfigError` or `StartError`. */
export const startContainer = async (run: ContainerRun): Promise<Attempt> => {
  const { context, container, image, node, log } = run;
  const { docker } = image;
  const env = containerEnv({
    pod: context.pod(),
    container,
    facts: { podIP: context.podIP, hostIP: context.node.hostIP },
    sources: context.node.sources,
    base: new Map(),
  });
  const options = await optionsOf(run, env);
  await node.remember();
  const made = await docker.createContainer(options).catch((error: unknown) => {
    throw new StartError(messageOf(error));
  });
  try {
    const { ended } = await follow(docker, made, log, container.tty === true);
    await made.start();
    const exited = exitOf(made, ended);
    const address = await addressOf(made);
    for (const { containerPort } of tcpPorts(container))
      if (address !== undefined) context.node.ports.place(context.uid, containerPort, { address, port: containerPort });
    return {
      ...{ pid: undefined, id: `docker://${made.id}`, exited, env, cwd: "/", log },
      signal: (name) => void made.kill({ signal: name === "SIGTERM" ? image.stopSignal : name }).catch(() => undefined),
      exec: (options) => execInContainer(docker, made, options),
      listens: (port) => listensAt(address, port),
    };
  } catch (error) {
    await made.remove({ force: true, v: true }).catch(() => undefined);
    throw new StartError(messageOf(error));
  }
};

const tcpPorts = ({ ports = [] }: Container): NonNullable<Container["ports"]> =>
  ports.filter(({ protocol = "TCP" }) => protocol === "TCP");

/** Ports are published on the pod's own loopback address, and nowhere else. */
const optionsOf = async (
  { context, container, node }: ContainerRun,
  env: ReadonlyMap<string, string>,
): Promise<ContainerCreateOptions> => {
  const { metadata, spec } = context.pod();
  const { runAsUser, runAsGroup } = { ...spec.securityContext, ...container.securityContext };
  const expanded = (words: readonly string[]): string[] =>
    words.map((word) => expandVariables(word, (name) => env.get(name)));
  const published = tcpPorts(container).map(
    ({ containerPort }) =>
      [
        `${containerPort}/tcp`,
        [{ HostIp: context.podIP, HostPort: String(context.node.ports.placeOf(containerPort)) }],
      ] as const,
  );
  return {
    Image: container.image ?? "",
    Hostname: (spec.hostname ?? metadata.name).slice(0, 63),
    Env: [...env].map(([name, value]) => `${name}=${value}`),
    Labels: {
      ...node.labels,
      "choreo.dev/pod": `${metadata.namespace ?? ""}/${metadata.name}`,
      "choreo.dev/pod-uid": context.uid,
      "choreo.dev/container": container.name,
    },
    Tty: container.tty === true,
    OpenStdin: container.stdin === true,
    // A command without args drops the image's own arguments.
    ...(container.command === undefined ? {} : { Entrypoint: expanded(container.command) }),
    ...(container.args === undefined && container.command === undefined ? {} : { Cmd: expanded(container.args ?? []) }),
    ...(container.workingDir === undefined ? {} : { WorkingDir: container.workingDir }),
    ...(runAsUser === undefined ? {} : { User: [runAsUser, runAsGroup].filter((id) => id !== undefined).join(":") }),
    ExposedPorts: Object.fromEntries(published.map(([port]) => [port, {}])),
    HostConfig: {
      PortBindings: Object.fromEntries(published),
      Mounts: (await containerMounts(context, container)).map(({ source, target, readOnly }) => ({
        Type: "bind" as const,
        Source: source,
        Target: target,
        ReadOnly: readOnly,
      })),
      // What it says is in the pod's own log.
      LogConfig: { Type: "none", Config: {} },
    },
  };
};

/** Brings what the container says into the log; gives when that is over. */
const follow = async (
  docker: Docker,
  made: Docker.Container,
  log: LogFile,
  isTerminal: boolean,
): Promise<{ readonly ended: Promise<void> }> => {
  const stream = await made.attach({ stream: true, stdout: true, stderr: true });
  const ended = new Promise<void>((resolve) => stream.once("close", resolve).once("end", resolve));
  if (isTerminal) {
    log.attach("stdout", stream as unknown as Readable);
    return { ended };
  }
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  docker.modem.demuxStream(stream, stdout, stderr);
  log.attach("stdout", stdout);
  log.attach("stderr", stderr);
  const closed = ended.then(() => {
    stdout.end();
    stderr.end();
  });
  return { ended: closed };
};

/** With its end it is removed: its log and its exit code are here. */
const exitOf = async (made: Docker.Container, closed: Promise<void>): Promise<Exit> => {
  const code = await made.wait().then(
    ({ StatusCode }: { StatusCode: number }) => StatusCode,
    () => UNKNOWN_EXIT,
  );
  await made.remove({ force: true, v: true }).catch(() => undefined);
  await closed;
  return { code };
};

/** The address of the container, where this machine reaches it. */
const addressOf = async (made: Docker.Container): Promise<string | undefined> => {
  if (process.platform !== "linux") return undefined;
  const { NetworkSettings } = await made.inspect();
  const [network] = Object.values(NetworkSettings.Networks);
  return network?.IPAddress === "" ? undefined : network?.IPAddress;
};
