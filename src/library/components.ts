import type { AnyObject, KubeObject } from "../k8s/types.ts";
import { LABELS } from "../crds/labels.ts";
import { ChoreoError, isChoreoError } from "../lib/errors.ts";
import { poll } from "../lib/poll.ts";
import { requireComponent } from "../resources/components.ts";
import { type EndpointUrl, urlsOf } from "../resources/endpoints.ts";
import { deploymentsOf, planeOf, podsOf } from "../resources/placement.ts";
import { missingOf } from "../resources/rollout.ts";
import { listKind } from "../resources/scope.ts";
import type { ComponentOptions, LogsOptions } from "./platform.ts";
import { DEFAULT_WAIT_MS, LOOK_MS, type PlatformScope, controlOf, planeOfScope, signalOf } from "./scope.ts";

/** The Component object; undefined when there is none of this name. */
export const findComponent = async (
  scope: PlatformScope,
  name: string,
  { project }: ComponentOptions = {},
): Promise<AnyObject | undefined> => {
  try {
    return await requireComponent(controlOf(scope), name, { organization: scope.organization, project }, scope.signal);
  } catch (error) {
    if (isChoreoError(error, "E_NOT_FOUND")) return undefined;
    throw error;
  }
};

/** Waits until what was deployed last of a component serves in an environment. Returns the environment. */
export const untilServes = (scope: PlatformScope, name: string, options: ComponentOptions = {}): Promise<string> => {
  const control = controlOf(scope);
  const signal = signalOf(scope, options.signal);
  return poll<string>(
    async () => {
      const component = await findComponent(scope, name, options);
      if (component === undefined) return { done: false, missing: `there is no component ${name}` };
      const deployments = await deploymentsOf(control, component, signal);
      const environment = environmentOf(scope, deployments, options);
      const here = deployments.filter(({ metadata }) => metadata.labels?.[LABELS.environment] === environment);
      if (environment === undefined || here.length === 0) return { done: false, missing: "it is not deployed" };
      const missing = (await Promise.all(here.map((one) => missingOf(control, one, signal)))).flat();
      return missing.length === 0 ? { done: true, value: environment } : { done: false, missing: missing.join("; ") };
    },
    {
      what: `component ${name} to serve${options.environment === undefined ? "" : ` in ${options.environment}`}`,
      timeoutMs: options.timeoutMs ?? DEFAULT_WAIT_MS,
      ...LOOK_MS,
      signal,
      code: "E_NOT_READY",
      fix: "platform.logs(component) and platform.diagnostics(dir) say more",
    },
  );
};

/** The public URL of a component that serves. */
export const publicUrl = async (
  scope: PlatformScope,
  name: string,
  options: ComponentOptions = {},
): Promise<string> => {
  const environment = await untilServes(scope, name, options);
  const urls = await endpointUrls(scope, { ...options, environment });
  const found = urls.find(({ component, visibility }) => component === name && visibility === "public");
  if (found !== undefined) return found.url;
  throw new ChoreoError("E_NOT_FOUND", `Component ${name} has no public URL in ${environment}`, {
    why: "none of its endpoints is exposed by the external gateway",
    fix: "give its artifact an endpoint template, and its type one that is exposed",
  });
};

const endpointUrls = async (scope: PlatformScope, { environment, project }: ComponentOptions): Promise<EndpointUrl[]> =>
  urlsOf(
    await listKind(
      controlOf(scope),
      { kind: "Endpoint" },
      { organization: scope.organization, project, environment },
      scope.signal,
    ),
  );

/** The text of the logs of a component's pods, the oldest pod first. */
export const readLogs = async (scope: PlatformScope, name: string, options: LogsOptions = {}): Promise<string> => {
  const control = controlOf(scope);
  const signal = signalOf(scope, options.signal);
  const place = { organization: scope.organization, project: options.project };
  const component = await requireComponent(control, name, place, signal);
  const environment = environmentOf(scope, await deploymentsOf(control, component, signal), options);
  if (environment === undefined)
    throw new ChoreoError("E_NOT_FOUND", `${name} is not deployed`, { why: "no Deployment resource names it" });
  const { client } = planeOfScope(scope, await planeOf(control, component, environment, signal));
  const { tailLines, previous } = options;
  let text = "";
  for (const { metadata } of await podsOf(client, component, environment, signal)) {
    const pod = { namespace: metadata.namespace ?? "", name: metadata.name };
    const limits = {
      ...(tailLines === undefined ? {} : { tailLines }),
      ...(previous === undefined ? {} : { previous }),
    };
    for await (const chunk of client.logs(pod, { ...limits, container: "main", signal })) text += chunk;
  }
  return text;
};

/** The one that was asked for, or the first of the platform's environments that it is deployed to. */
const environmentOf = (
  { loaded }: PlatformScope,
  deployments: readonly KubeObject[],
  { environment }: ComponentOptions,
): string | undefined => {
  if (environment !== undefined) return environment;
  const deployed = new Set(deployments.map(({ metadata }) => metadata.labels?.[LABELS.environment]));
  const first = loaded.platform.environments.find(({ name }) => deployed.has(name))?.name;
  return first ?? [...deployed].find((name) => name !== undefined);
};
