import { labelOf } from "../../controller/hierarchy.ts";
import { LABELS } from "../../crds/labels.ts";
import type { LogOptions } from "../../k8s/client.ts";
import type { AnyObject, KubeObject } from "../../k8s/types.ts";
import { parseDuration } from "../../lib/duration.ts";
import { ChoreoError } from "../../lib/errors.ts";
import type { Context, Handler } from "../command.ts";
import type { LogsArgs, LogsWhat } from "../definitions/resources.ts";
import { withPlatform } from "../platform.ts";
import { requireComponent } from "../../resources/components.ts";
import { type LogSink, followLogs, printLogs } from "../resources/pod-logs.ts";
import { deploymentsOf, planeOf, podsOf } from "../../resources/placement.ts";
import { stateOf } from "../../resources/state.ts";

/** Prints the logs of a component's pods in one environment, from the data plane that it is placed on. */
export const run: Handler<LogsArgs & LogsWhat> = async (args, context) => {
  const { signal } = context;
  const options: LogOptions & { readonly signal: AbortSignal } = {
    signal,
    ...(args.tail === undefined ? {} : { tailLines: args.tail }),
    ...(args.since === undefined ? {} : { sinceSeconds: Math.ceil(parseDuration(args.since) / 1000) }),
    ...(args.previous ? { previous: true } : {}),
  };
  await withPlatform(args, context, async (platform) => {
    if (args.build) return (await import("./build-logs.ts")).printBuildLogs(platform, args, context);
    const control = await platform.control();
    const component = await requireComponent(control, args.component, args, signal);
    const deployments = await deploymentsOf(control, component, signal);
    const environment = chooseEnvironment(args, deployments);
    const client = await platform.plane(await planeOf(control, component, environment, signal));
    const listPods = (): Promise<AnyObject[]> => podsOf(client, component, environment, signal);
    const pods = await listPods();
    if (pods.length === 0 && !args.follow) throw noPods(args.component, environment, deployments);
    const sink = sinkFor(context, pods.length > 1 || args.follow);
    if (args.follow) return followLogs(client, listPods, options, sink);
    const printed = await printLogs(client, pods, options, sink);
    if (printed === 0) throw noLogs(args.component, environment, deployments);
  });
};

/** The environment that was asked for, or the only one there is. */
const chooseEnvironment = (args: LogsArgs & LogsWhat, deployments: readonly KubeObject[]): string => {
  const deployed = [...new Set(deployments.flatMap((object) => labelOf(object, LABELS.environment) ?? []))];
  if (args.environment !== undefined) return args.environment;
  const [only] = deployed;
  if (only !== undefined && deployed.length === 1) return only;
  if (only === undefined) {
    throw new ChoreoError("E_NOT_FOUND", `${args.component} is not deployed`, {
      why: "no Deployment resource names it",
      fix: "apply one; choreo-dev get artifacts lists what can be deployed",
    });
  }
  throw new ChoreoError("E_USAGE", `${args.component} is deployed to ${deployed.join(", ")}`, {
    fix: `add -e ENV, for example -e ${only}`,
  });
};

const sinkFor = ({ io }: Context, named: boolean): LogSink => ({
  line: (pod, text) => io.stdout.write(named ? `${pod}  ${text}\n` : `${text}\n`),
  problem: (pod, text) => io.stderr.write(`${pod}: ${text}\n`),
});

const noPods = (component: string, environment: string, deployments: readonly KubeObject[]): ChoreoError =>
  new ChoreoError("E_NOT_FOUND", `${component} has no pod in ${environment}`, blockedBy(environment, deployments));

const noLogs = (component: string, environment: string, deployments: readonly KubeObject[]): ChoreoError =>
  new ChoreoError(
    "E_NOT_FOUND",
    `No pod of ${component} in ${environment} has a log yet`,
    blockedBy(environment, deployments),
  );

const blockedBy = (environment: string, deployments: readonly KubeObject[]): { why: string; fix: string } => {
  const deployment = deployments.find((object) => labelOf(object, LABELS.environment) === environment);
  const state = deployment === undefined ? undefined : stateOf(deployment);
  const why =
    state === undefined
      ? "it is not deployed there"
      : state.ready
        ? "its Deployment is ready: a task has pods only while it runs"
        : `${state.word}: ${state.message}`;
  return { why, fix: "choreo-dev status shows what blocks" };
};
