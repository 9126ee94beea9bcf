import { createHash } from "node:crypto";
import { access, mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { TOKEN_PATH } from "../api/token-volume.ts";
import { type Attempt, startFunction } from "./attempt.ts";
import { containerMounts } from "./container-mounts.ts";
import { startContainer } from "./docker/start-container.ts";
import { containerEnv } from "./env/container-env.ts";
import { expandVariables } from "./env/expand.ts";
import { apiEnv, serviceEnv } from "./env/service-env.ts";
import { helperPath } from "./helpers.ts";
import { ANNOTATIONS, type Runnable } from "./image/resolve.ts";
import type { PodContext } from "./pod-context.ts";
import { MountNotPossible, mountScript } from "./process/mount-script.ts";
import { exitCode } from "./process/program-exit.ts";
import { quoteWords } from "./process/quote.ts";
import { spawnGroup } from "./process/spawn.ts";
import { MARKER, signalGroup } from "./process/table.ts";
import { nameFiles } from "./names.ts";
import { type Container, mainPort } from "./types.ts";

export interface Launched {
  readonly attempt: Attempt;
  /** Ports to look after, when the program could not be told its address. */
  readonly given: number | undefined;
}

/** Starts one run of a container. Throws `ContainerConfigError` or `StartError`. */
export const launch = async (
  context: PodContext,
  container: Container,
  runnable: Runnable,
  number: number,
): Promise<Launched> => {
  const { node, uid, podIP } = context;
  const id = `process://${createHash("sha256").update(`${uid}/${container.name}/${number}`).digest("hex")}`;
  if (runnable.kind === "function") {
    const place = { host: podIP, port: node.ports.placeOf(mainPort(container) ?? 80) };
    return { attempt: await startFunction(runnable.handler, place, id), given: undefined };
  }
  if (runnable.kind === "image") {
    node.keeper();
    const log = await node.logs.open(uid, container.name, number);
    try {
      const image = runnable.image;
      return {
        attempt: await startContainer({ context, container, image, node: runnable.node, log }),
        given: undefined,
      };
    } catch (error) {
      await log.close();
      throw error;
    }
  }
  const { env, given } = await environment(context, container, runnable);
  const own = runnable.argv.map((word, at) => (at === 0 ? word : expandVariables(word, (name) => env.get(name))));
  const work = path.join(context.dir, "containers", container.name);
  const argv = await behindShim(own, { context, container, env, work });
  const { words, cwd } = await command({ context, container, argv, work, env, cwd: runnable.cwd });
  const log = await node.logs.open(uid, container.name, number);
  try {
    const spawned = await node.inTurn(() =>
      spawnGroup({ argv: words, cwd, env, pipes: node.pipes, keeper: node.keeper() }),
    );
    const { pid, stdout, stderr } = spawned;
    log.attach("stdout", stdout);
    log.attach("stderr", stderr);
    const exited = spawned.exited.then((exit) => ({ code: exitCode(exit) }));
    await node.table.add(pid);
    void exited.then(() => node.table.forget(pid));
    return { attempt: { pid, id, exited, env, cwd, log, signal: (name) => void signalGroup(pid, name) }, given };
  } catch (error) {
    await log.close();
    throw error;
  }
};

/** While a dev session feeds the pod, its shim runs the program: a save needs no new pod. */
const behindShim = async (
  argv: readonly string[],
  { context, container, env, work }: Pick<CommandInput, "context" | "container" | "env" | "work">,
): Promise<readonly string[]> => {
  const { annotations, name } = context.pod().metadata;
  const dir = annotations?.[ANNOTATIONS.dev];
  if (dir === undefined) return argv;
  const scratch = path.join(work, "dev");
  await mkdir(scratch, { recursive: true, mode: 0o700 });
  const ports = (container.ports ?? []).flatMap(({ protocol = "TCP", containerPort }) =>
    protocol === "TCP" ? [containerPort] : [],
  );
  for (const [variable, value] of [
    ["CHOREO_DEV_IN", path.join(dir, "in")],
    ["CHOREO_DEV_STATE", path.join(dir, "state")],
    ["CHOREO_DEV_RUN", scratch],
    ["CHOREO_DEV_PORTS", ports.join(",")],
    ["CHOREO_DEV_POD", name],
  ] as const)
    env.set(variable, value);
  return [process.execPath, helperPath("dev/shim.cjs"), ...argv];
};

type ProcessRunnable = Extract<Runnable, { kind: "process" }>;

const environment = async (
  context: PodContext,
  container: Container,
  runnable: ProcessRunnable,
): Promise<{ env: Map<string, string>; given: number | undefined }> => {
  const { node, uid, podIP } = context;
  const pod = context.pod();
  const namespace = pod.metadata.namespace ?? "";
  const base = new Map([
    ...node.hostEnv,
    ...Object.entries(runnable.env),
    ["HOSTNAME", pod.spec.hostname ?? pod.metadata.name],
    ...serviceEnv(node.sources.services(), namespace, pod.spec.enableServiceLinks !== false),
    ...apiEnv(node.api),
  ]);
  const wanted = mainPort(container) ?? runnable.port;
  const says = (container.env ?? []).some(({ name }) => name === "PORT");
  // A program that our preloads do not reach would have the port for the whole machine: it gets one of its own.
  const given = says || wanted === undefined || isPreloaded(runnable.argv) ? undefined : await node.ports.free();
  if (wanted !== undefined) base.set("PORT", String(given ?? wanted));
  const facts = { podIP, hostIP: node.hostIP };
  const env = containerEnv({ pod, container, facts, sources: node.sources, base });
  env.set(MARKER, `${node.table.markerOf(uid, container.name)}${container.name}`);
  keepFromProxy(env, node.clusterDomain);
  if (node.isolation.addresses) addPreloads(env, context);
  return { env, given };
};

/** Node and Python, also by the names of what is written in them. */
const PRELOADED = /^(node|npm|npx|yarn|pnpm|python[\d.]*|uvicorn|gunicorn|hypercorn|flask|tsx|vite|next)$/;

const isPreloaded = ([program = ""]: readonly string[]): boolean => PRELOADED.test(path.basename(program));

/** Calls to other pods and services stay on this machine. */
const keepFromProxy = (env: Map<string, string>, domain: string): void => {
  if (
    !["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"].some((name) => env.has(name))
  )
    return;
  for (const name of ["NO_PROXY", "no_proxy"])
    env.set(name, [env.get(name), "localhost,127.0.0.0/8,::1", `.svc,.${domain}`].filter(Boolean).join(","));
};

const addPreloads = (env: Map<string, string>, { node, podIP, ...context }: PodContext): void => {
  const ports = context
    .pod()
    .spec.containers.flatMap((container) => (container.ports ?? []).map((port) => port.containerPort));
  env.set("CHOREO_POD_IP", podIP);
  env.set("CHOREO_POD_PORTS", ports.join(","));
  env.set("CHOREO_POD_FIRST_PORT", String(node.isolation.firstPort));
  const preload = `--require ${JSON.stringify(helperPath("node-preload.cjs"))}`;
  env.set("NODE_OPTIONS", [preload, env.get("NODE_OPTIONS")].filter(Boolean).join(" "));
  env.set("PYTHONPATH", [helperPath("python"), env.get("PYTHONPATH")].filter(Boolean).join(path.delimiter));
};

interface CommandInput {
  readonly context: PodContext;
  readonly container: Container;
  readonly argv: readonly string[];
  readonly env: Map<string, string>;
  /** A folder for this container. */
  readonly work: string;
  readonly cwd: string | undefined;
}

/** The words that start a container's program where it sees its mounts. */
const command = async (input: CommandInput): Promise<{ words: readonly string[]; cwd: string }> => {
  const { context, container, argv, work, env } = input;
  const { mounts: namespace } = context.node.isolation;
  const own = await containerMounts(context, container);
  await mkdir(work, { recursive: true, mode: 0o700 });
  const wantedDir = container.workingDir;
  const isReal =
    wantedDir !== undefined &&
    (await access(wantedDir).then(
      () => true,
      () => false,
    ));
  const isMounted = own.some(({ target }) => wantedDir === target || wantedDir?.startsWith(`${target}/`) === true);
  const cwd = isReal ? wantedDir : (input.cwd ?? work);
  if (namespace !== undefined) {
    try {
      const names = await nameFiles(context);
      const script = await mountScript([...own, ...names], namespace, await scratchFolder(work));
      // A volume on a folder above it hides it.
      const isHidden = own.some(({ target }) => cwd.startsWith(`${target}/`));
      const inside = isMounted || isReal ? (wantedDir ?? cwd) : isHidden ? "/" : cwd;
      const program = quoteWords([...script.exec, ...namespace.drop]);
      const enter = `exec ${program} sh -c 'cd "$0" && exec "$@"' "$CHOREO_CWD" "$@"`;
      const file = path.join(work, "start.sh");
      // Programs that stay in the folder they are started in need no second shell.
      const plain = script.exec.length === 0 && inside === cwd && !isMounted;
      const last = plain
        ? `exec ${quoteWords(namespace.drop)} "$@"`
        : enter.replace('"$CHOREO_CWD"', quoteWords([inside]));
      await writeFile(file, ["set -e", ...script.lines, last, ""].join("\n"), { mode: 0o600 });
      return { words: [...namespace.enter, "sh", file, ...argv], cwd };
    } catch (error) {
      if (!(error instanceof MountNotPossible)) throw error;
      context.say(
        "Warning",
        "MountNotIsolated",
        `container ${container.name}: ${error.message}; it runs without its mounts`,
      );
    }
  } else if (own.some(({ target }) => target !== TOKEN_PATH)) {
    const places = own.map(({ target }) => target).join(", ");
    context.say(
      "Warning",
      "MountNotIsolated",
      `container ${container.name}: this machine has no mount namespaces: ${places} are not there; CHOREO_MOUNTS says where the files are`,
    );
  }
  env.set("CHOREO_MOUNTS", JSON.stringify(Object.fromEntries(own.map(({ target, source }) => [target, source]))));
  return { words: argv, cwd };
};

const scratchFolder = async (work: string): Promise<string> => {
  const scratch = path.join(work, "scratch");
  await mkdir(scratch, { recursive: true, mode: 0o755 });
  return scratch;
};
