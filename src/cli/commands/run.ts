import { labelOf, nameOf } from "../../controller/hierarchy.ts";
import { LABELS } from "../../crds/labels.ts";
import type { Component, Deployment } from "../../crds/types.ts";
import { followTask, startTask, stopTask } from "../../dev/run-task.ts";
import { parseDuration } from "../../lib/duration.ts";
import { ChoreoError } from "../../lib/errors.ts";
import type { Handler } from "../command.ts";
import type { RunArgs, RunWhat } from "../definitions/builds.ts";
import { withPlatform } from "../platform.ts";
import { formatDuration } from "../render/table.ts";
import { requireComponent } from "../../resources/components.ts";
import { requireEnvironment } from "../resources/pipelines.ts";
import { stateOf } from "../../resources/state.ts";
import { deploymentsOf } from "../../resources/placement.ts";

/** Runs a task once, now. Its exit status is that of the command; Ctrl-C ends it. */
export const run: Handler<RunArgs & RunWhat> = async (args, context) => {
  const { io, signal } = context;
  const timeoutMs = parseDuration(args.timeout);
  return withPlatform(args, context, async (platform) => {
    const control = await platform.control();
    const component = (await requireComponent(control, args.task, args, signal)) as unknown as Component;
    requireTask(component);
    const environment = await requireEnvironment(control, component, args.environment, signal);
    const all = await deploymentsOf(control, component, signal);
    const deployment = requireDeployed(component, nameOf(environment), all);
    const plane = await platform.plane(environment.spec.dataPlaneRef ?? "");
    const task = { plane, deployment, timeoutMs, signal };
    const began = performance.now();
    const job = await startTask(task);
    io.stderr.write(`job/${job.metadata.name}  of ${nameOf(component)} in ${nameOf(environment)}\n`);
    if (args["no-wait"]) return 0;
    try {
      const { exitCode, stopped } = await followTask(task, job, (line) => void io.stdout.write(`${line}\n`));
      const why = stopped === undefined ? "" : `  (${stopped})`;
      io.stderr.write(`exit ${exitCode} after ${formatDuration(performance.now() - began)}${why}\n`);
      return exitCode;
    } catch (error) {
      await stopTask(plane, job);
      throw error;
    }
  });
};

const requireTask = (component: Component): void => {
  const { type } = component.spec;
  if (type === "ScheduledTask" || type === "ManualTask") return;
  throw new ChoreoError("E_USAGE", `${nameOf(component)} is a ${type}, not a task`, {
    why: "only a ScheduledTask or a ManualTask is run; everything else runs all the time",
    fix: `choreo-dev logs ${nameOf(component)}`,
  });
};

const requireDeployed = (component: Component, environment: string, all: readonly Deployment[]): Deployment => {
  const found = all.find((one) => labelOf(one, LABELS.environment) === environment);
  const name = nameOf(component);
  if (found === undefined)
    throw new ChoreoError("E_NOT_FOUND", `${name} is not deployed to ${environment}`, {
      why: all.length === 0 ? "it is deployed nowhere" : "it is deployed elsewhere: choose that with -e",
      fix: `choreo-dev deploy ${name} -e ${environment}`,
    });
  const { ready, word, message } = stateOf(found);
  if (ready) return found;
  throw new ChoreoError("E_NOT_READY", `${name} is not ready in ${environment}: ${word}`, {
    ...(message === "" ? {} : { why: message }),
    fix: "choreo-dev status",
  });
};
