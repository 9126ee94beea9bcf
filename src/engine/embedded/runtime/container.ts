import { timestamp } from "../controllers/status.ts";
import { messageOf } from "../../../lib/errors.ts";
import type { Exit } from "./attempt.ts";
import { ContainerConfigError } from "./env/container-env.ts";
import { execIn } from "./exec.ts";
import { type HandlerTarget, runHandler } from "./handlers.ts";
import { resolveContainer } from "./image/resolve.ts";
import { type Launched, launch } from "./launch.ts";
import type { ContainerRecord, PodContext } from "./pod-context.ts";
import { StartError } from "./process/spawn.ts";
import { runProbes } from "./probes.ts";
import type { Container, Terminated } from "./types.ts";
import { terminationMessage } from "./termination-message.ts";
import { tellsPorts, watchPorts } from "./watch-ports.ts";

/** How long after a start error of another kind, or while something is missing, the next try is made. */
const RETRY_MS = 2000;
/** How long a container without a readiness probe may take to listen on its port. */
const LISTEN_MS = 10_000;

/** Runs a container and runs it again, as its pod's restart policy says, until it is final or the pod ends. */
export const superviseContainer = async (context: PodContext, record: ContainerRecord): Promise<void> => {
  const { node, ending } = context;
  let pauseMs = 0;
  while (!ending.aborted) {
    await context.unparked();
    const startedMs = node.clock.now();
    const ended = await runOnce(context, record);
    if (ended === "later") {
      await context.nextTry(RETRY_MS);
      continue;
    }
    if (ending.aborted || !mayRestart(context, record, ended)) break;
    // Who has run for long is not in a loop of crashes.
    if (node.clock.now() - startedMs > 2 * node.profile.maxMs) pauseMs = 0;
    if (pauseMs > 0) await backOff(context, record, pauseMs);
    pauseMs = pauseMs === 0 ? node.profile.baseMs : Math.min(pauseMs * 2, node.profile.maxMs);
  }
  record.final = true;
  context.publish();
};

const mayRestart = (context: PodContext, { role }: ContainerRecord, { exitCode }: Terminated): boolean => {
  const { restartPolicy = "Always" } = context.pod().spec;
  if (role === "sidecar") return true;
  // To an init container, "always" means until it succeeds.
  if (role === "init") return exitCode !== 0 && restartPolicy !== "Never";
  return restartPolicy === "Always" || (restartPolicy === "OnFailure" && exitCode !== 0);
};

const backOff = async (context: PodContext, record: ContainerRecord, pauseMs: number): Promise<void> => {
  const { name, namespace = "" } = context.pod().metadata;
  const { container } = record;
  const seconds =
    pauseMs >= 60_000 ? `${Math.floor(pauseMs / 60_000)}m${(pauseMs % 60_000) / 1000}s` : `${pauseMs / 1000}s`;
  const where = `container=${container.name} pod=${name}_${namespace}(${context.uid})`;
  record.lastState = record.state;
  record.state = {
    waiting: { reason: "CrashLoopBackOff", message: `back-off ${seconds} restarting failed ${where}` },
  };
  context.publish();
  context.say(
    "Warning",
    "BackOff",
    `Back-off restarting failed container ${container.name} in pod ${name}_${namespace}(${context.uid})`,
  );
  await context.node.clock.sleep(pauseMs, context.ending).catch(() => undefined);
  if (context.ending.aborted) record.state = record.lastState;
};

/** One run, to its end; "later" when it could not begin. */
const runOnce = async (context: PodContext, record: ContainerRecord): Promise<Terminated | "later"> => {
  const { container } = record;
  const again = record.state.terminated !== undefined || record.lastState.terminated !== undefined;
  const runnable = await resolveContainer({ pod: context.pod(), container }, context.node.resolve);
  if (runnable.kind === "unresolved") {
    wait(context, record, runnable.reason, runnable.message);
    context.say("Warning", "Failed", runnable.message);
    return "later";
  }
  // To pull an image takes its time.
  if (context.ending.aborted) return "later";
  record.imageID = runnable.imageID;
  const number = again ? record.restarts + 1 : record.restarts;
  const startedMs = context.node.clock.now();
  let launched: Launched;
  try {
    launched = await launch(context, container, runnable, number);
  } catch (error) {
    if (error instanceof ContainerConfigError) {
      wait(context, record, "CreateContainerConfigError", error.message);
      context.say("Warning", "Failed", `Error: ${error.message}`);
      return "later";
    }
    renumber(record, number);
    context.say("Warning", "Failed", `Error: ${messageOf(error)}`);
    const reason = error instanceof StartError ? "StartError" : "ContainerCannotRun";
    return terminate(context, record, { startedMs, exitCode: 128, reason, message: messageOf(error) });
  }
  renumber(record, number);
  return live(context, record, launched, startedMs);
};

const renumber = (record: ContainerRecord, number: number): void => {
  if (record.state.terminated !== undefined) record.lastState = record.state;
  record.restarts = number;
};

const wait = (context: PodContext, record: ContainerRecord, reason: string, message: string): void => {
  if (record.state.terminated !== undefined) record.lastState = record.state;
  record.state = { waiting: { reason, message } };
  record.ready = false;
  context.publish();
};

/** From the start of the program to the end of everything that it has left. */
const live = async (
  context: PodContext,
  record: ContainerRecord,
  { attempt, given }: Launched,
  startedMs: number,
): Promise<Terminated> => {
  const { container } = record;
  const life = new AbortController();
  record.attempt = attempt;
  record.containerID = attempt.id;
  record.state = { running: { startedAt: timestamp(startedMs) } };
  const isPlain = container.startupProbe === undefined && container.lifecycle?.postStart === undefined;
  // Without a probe Kubernetes calls ready what has been started. Here it is seen when a program listens: until then the
  // version before it goes on serving, and one that ends at once never takes its place.
  const waitsForPort = isPlain && container.readinessProbe === undefined && tellsPorts(context, container);
  const asked = portAskedFor(context, container);
  record.started = isPlain;
  record.ready = isPlain && container.readinessProbe === undefined && !waitsForPort;
  const becomeReady = (): void => {
    if (record.ready || life.signal.aborted || context.ending.aborted) return;
    record.started = true;
    record.ready = true;
    context.publish();
  };
  const opened = (port: number): void => {
    if (waitsForPort || port === asked) becomeReady();
  };
  context.publish();
  context.say("Normal", "Started", `Started container ${container.name}`);
  // It was asked to end while it was being started: nobody else has seen it.
  if (context.ending.aborted) attempt.signal("SIGKILL");
  const work = [
    look(context, record, { signal: life.signal, waitsForPort }).catch(() => undefined),
    watchPorts(context, { container, given, signal: life.signal, listens: attempt.listens, onOpen: opened }).catch(
      () => undefined,
    ),
    // A program that listens elsewhere, or never, is taken for ready in the end.
    ...(waitsForPort ? [context.node.clock.sleep(LISTEN_MS, life.signal).then(becomeReady, () => undefined)] : []),
  ];
  const exit = await attempt.exited;
  life.abort();
  await Promise.all([...work, clearUp(context, record)]);
  const message = await terminationMessage(container, { log: attempt.log, exitCode: exit.code });
  return terminate(context, record, { startedMs, exitCode: exit.code, reason: reasonOf(exit), message });
};

/** The port whose opening makes a container ready: its only probe asks for no more, and the system says it sooner. */
const portAskedFor = (context: PodContext, container: Container): number | undefined => {
  const { startupProbe, readinessProbe, livenessProbe, lifecycle } = container;
  const isOnly = readinessProbe === undefined && livenessProbe === undefined && lifecycle?.postStart === undefined;
  const port = startupProbe?.initialDelaySeconds === undefined ? startupProbe?.tcpSocket?.port : undefined;
  return isOnly && typeof port === "number" && tellsPorts(context, container) ? port : undefined;
};

const reasonOf = ({ code }: Exit): string => (code === 0 ? "Completed" : "Error");

/** Hooks and probes of a running container. */
const look = async (
  context: PodContext,
  record: ContainerRecord,
  { signal, waitsForPort }: { readonly signal: AbortSignal; readonly waitsForPort: boolean },
): Promise<void> => {
  const { container } = record;
  const target = targetOf(context, record);
  const postStart = container.lifecycle?.postStart;
  if (postStart !== undefined) {
    const { ok, message } = await runHandler(postStart, target, signal);
    if (!ok) {
      context.say("Warning", "FailedPostStartHook", `PostStartHook failed: ${message}`);
      await stopContainer(context, record, graceOf(context));
      return;
    }
  }
  await runProbes(container, {
    ...{ node: context.node, target, signal },
    callbacks: {
      onStarted: () => {
        record.started = true;
        context.publish();
      },
      onReady: (ready) => {
        if (waitsForPort || record.ready === ready || context.ending.aborted) return;
        record.ready = ready;
        context.publish();
      },
      onDead: (probe, what) => {
        context.say("Normal", "Killing", `Container ${container.name} failed ${what} probe, will be restarted`);
        void stopContainer(context, record, (probe.terminationGracePeriodSeconds ?? graceOf(context) / 1000) * 1000);
      },
      say: context.say,
    },
  });
};

const graceOf = (context: PodContext): number => (context.pod().spec.terminationGracePeriodSeconds ?? 30) * 1000;

const targetOf = (context: PodContext, record: ContainerRecord): HandlerTarget => ({
  container: record.container,
  dial: context.dial,
  exec: (command) => {
    if (record.attempt === undefined) throw new Error("the container is not running");
    return execIn(context.node, record.attempt, { command, stdin: false, tty: false });
  },
  sleep: (ms, signal) => context.node.clock.sleep(ms, signal),
});

/** Ends a running container: its preStop hook, SIGTERM, and after the grace period SIGKILL. */
export const stopContainer = async (
  context: PodContext,
  record: ContainerRecord,
  graceMs: number,
  killNow?: AbortSignal,
): Promise<void> => {
  const { attempt, container } = record;
  if (attempt === undefined) return;
  const { clock } = context.node;
  const deadline = new AbortController();
  const exited = attempt.exited.then(() => deadline.abort());
  const hurry = (): void => deadline.abort();
  if (killNow?.aborted === true) hurry();
  killNow?.addEventListener("abort", hurry, { once: true });
  const left = clock.sleep(graceMs, deadline.signal).then(
    () => deadline.abort(),
    () => undefined,
  );
  const { preStop } = container.lifecycle ?? {};
  if (preStop !== undefined && graceMs > 0 && !deadline.signal.aborted) {
    const { ok, message } = await runHandler(preStop, targetOf(context, record), deadline.signal).catch(() => TOO_LATE);
    if (!ok) context.say("Warning", "FailedPreStopHook", `PreStopHook failed: ${message}`);
  }
  attempt.signal(graceMs > 0 ? "SIGTERM" : "SIGKILL");
  await Promise.race([exited, left]);
  attempt.signal("SIGKILL");
  killNow?.removeEventListener("abort", hurry);
  await exited;
};

const TOO_LATE = { ok: false, message: "it did not end in time" };

/** With its first process, a container is over: what it has left is killed and the log is closed. */
const clearUp = async ({ node, uid }: PodContext, { container, attempt }: ContainerRecord): Promise<void> => {
  attempt?.signal("SIGKILL");
  if (attempt?.pid !== undefined) await node.table.killMarked(node.table.markerOf(uid, container.name));
  const log = attempt?.log;
  if (log === undefined) return;
  const late = new Promise<void>((resolve) => setTimeout(resolve, 500).unref());
  await Promise.race([log.closed, late]);
  await log.close();
};

interface End {
  readonly startedMs: number;
  readonly exitCode: number;
  readonly reason: string;
  readonly message: string | undefined;
}

const terminate = (context: PodContext, record: ContainerRecord, end: End): Terminated => {
  const terminated: Terminated = {
    exitCode: end.exitCode,
    reason: end.reason,
    ...(end.message !== undefined && { message: end.message }),
    startedAt: timestamp(end.startedMs),
    finishedAt: timestamp(context.node.clock.now()),
    ...(record.containerID !== undefined && { containerID: record.containerID }),
  };
  record.attempt = undefined;
  record.state = { terminated };
  record.ready = false;
  record.started = false;
  context.publish();
  return terminated;
};
