import { labelOf, nameOf } from "../../controller/hierarchy.ts";
import { LABELS, PLANE_LABELS } from "../../crds/labels.ts";
import type { Environment } from "../../crds/types.ts";
import type { KubeClient, LogOptions } from "../../k8s/client.ts";
import type { AnyObject } from "../../k8s/types.ts";
import { parseDuration } from "../../lib/duration.ts";
import { ChoreoError } from "../../lib/errors.ts";
import type { Context, Handler } from "../command.ts";
import type { LogsArgs, LogsWhat } from "../definitions/resources.ts";
import { withPlatform } from "../platform.ts";
import { requireComponent } from "../resources/components.ts";
import { type LogSink, followLogs, printLogs } from "../resources/pod-logs.ts";
import { listKind } from "../../resources/scope.ts";
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

const deploymentsOf = (control: KubeClient, component: AnyObject, signal: AbortSignal): Promise<AnyObject[]> =>
  listKind(
    control,
    { kind: "Deployment" },
    {
      organization: component.metadata.namespace,
      project: labelOf(component, LABELS.project),
      component: nameOf(component),
    },
    signal,
  );

/** The environment that was asked for, or the only one there is. */
const chooseEnvironment = (args: LogsArgs & LogsWhat, deployments: readonly AnyObject[]): string => {
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

/** Name of the data plane on which an environment is placed. */
const planeOf = async (
  control: KubeClient,
  component: AnyObject,
  name: string,
  signal: AbortSignal,
): Promise<string> => {
  const all = await listKind(control, { kind: "Environment" }, { organization: component.metadata.namespace }, signal);
  const found = all.find((object) => nameOf(object) === name) ?? all.find(({ metadata }) => metadata.name === name);
  const { dataPlaneRef } = ((found as Environment | undefined)?.spec ?? {}) as Partial<Environment["spec"]>;
  if (dataPlaneRef !== undefined) return dataPlaneRef;
  throw new ChoreoError(
    "E_NOT_FOUND",
    found === undefined ? `There is no environment "${name}"` : `Environment ${name} has no data plane`,
    {
      why: `organization ${component.metadata.namespace ?? "-"} has ${all.map(nameOf).join(", ") || "none"}`,
      fix: "choreo-dev get environments",
    },
  );
};

const podsOf = async (
  client: KubeClient,
  component: AnyObject,
  environment: string,
  signal: AbortSignal,
): Promise<AnyObject[]> => {
  const labels: Readonly<Record<string, string | undefined>> = {
    [PLANE_LABELS.organization]: labelOf(component, LABELS.organization),
    [PLANE_LABELS.project]: labelOf(component, LABELS.project),
    [PLANE_LABELS.component]: nameOf(component),
    [PLANE_LABELS.environment]: environment,
  };
  const labelSelector = Object.entries(labels)
    .map(([key, value]) => `${key}=${value ?? ""}`)
    .join(",");
  const { items } = await client.list({ apiVersion: "v1", kind: "Pod" }, { labelSelector, signal });
  return items.sort((a, b) => (a.metadata.creationTimestamp ?? "").localeCompare(b.metadata.creationTimestamp ?? ""));
};

const sinkFor = ({ io }: Context, named: boolean): LogSink => ({
  line: (pod, text) => io.stdout.write(named ? `${pod}  ${text}\n` : `${text}\n`),
  problem: (pod, text) => io.stderr.write(`${pod}: ${text}\n`),
});

const noPods = (component: string, environment: string, deployments: readonly AnyObject[]): ChoreoError =>
  new ChoreoError("E_NOT_FOUND", `${component} has no pod in ${environment}`, blockedBy(environment, deployments));

const noLogs = (component: string, environment: string, deployments: readonly AnyObject[]): ChoreoError =>
  new ChoreoError(
    "E_NOT_FOUND",
    `No pod of ${component} in ${environment} has a log yet`,
    blockedBy(environment, deployments),
  );

const blockedBy = (environment: string, deployments: readonly AnyObject[]): { why: string; fix: string } => {
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
