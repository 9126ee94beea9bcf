import type { RenderInput } from "./input.ts";
import { isTask } from "./input.ts";
import { renderDevMode } from "./dev-pod.ts";
import { renderEnv, renderEnvFrom } from "./env.ts";
import { renderMounts } from "./mounts.ts";
import { type Port, portsOf } from "./ports.ts";

/** Name of the only container. */
const CONTAINER = "main";
const SECONDS_OF_A_YEAR = 31_536_000;

/** The pod of a workload, without its metadata. */
export const renderPodSpec = (input: RenderInput): Record<string, unknown> => {
  const own = renderMounts(input);
  const dev = renderDevMode(input);
  const volumes = [...own.volumes, ...dev.volumes];
  const mounts = [...own.mounts, ...dev.container.mounts];
  return {
    restartPolicy: isTask(input.type) ? "Never" : "Always",
    ...(dev.initContainers.length > 0 && { initContainers: dev.initContainers }),
    containers: [
      {
        name: CONTAINER,
        image: input.image,
        ...containerBasics(input, dev.container.env),
        ...dev.container.fields,
        ...(mounts.length > 0 && { volumeMounts: mounts }),
        // The last lines of a container that failed reach the condition of the Deployment.
        terminationMessagePolicy: "FallbackToLogsOnError",
      },
    ],
    ...(volumes.length > 0 && { volumes }),
    ...(input.pullSecret !== undefined && { imagePullSecrets: [{ name: input.pullSecret }] }),
  };
};

const containerBasics = (input: RenderInput, devEnv: readonly object[]): Record<string, unknown> => {
  const { args, probes, resourceLimits } = input.application;
  const env = [...renderEnv(input), ...devEnv];
  const envFrom = renderEnvFrom(input);
  const ports = isTask(input.type) ? [] : portsOf(input.endpointTemplates);
  const resources = definedOf({ cpu: resourceLimits?.cpu, memory: resourceLimits?.memory });
  return {
    ...(args && { args }),
    ...(env.length > 0 && { env }),
    ...(envFrom.length > 0 && { envFrom }),
    ...(ports.length > 0 && {
      ports: ports.map(({ name, port, protocol }) => ({ name, containerPort: port, protocol })),
    }),
    ...(resources && { resources: { limits: resources, requests: resources } }),
    ...(probes?.readinessProbe === undefined && probes?.livenessProbe === undefined
      ? portProbe(ports, input.devMode !== undefined)
      : definedOf({ readinessProbe: probes.readinessProbe, livenessProbe: probes.livenessProbe })),
  };
};

/**
 * Without a probe Kubernetes calls a program ready before it listens, and the gateway answers 502 for as long. One that never
 * listens is not started again: it is told as not ready. After the first success a failure changes nothing. For pods in dev
 * mode it is a readiness probe: that is asked as soon as the kubelet sees the container run, a startup probe only with its
 * next second, for which somebody would wait.
 */
const portProbe = (ports: readonly Port[], isDevMode: boolean): Record<string, unknown> => {
  const port = ports.find(({ protocol }) => protocol === "TCP")?.port;
  if (port === undefined) return {};
  const asked = { tcpSocket: { port }, periodSeconds: 1, failureThreshold: SECONDS_OF_A_YEAR };
  return isDevMode ? { readinessProbe: asked } : { startupProbe: asked };
};

const definedOf = (fields: Record<string, unknown>): Record<string, unknown> | undefined => {
  const defined = Object.entries(fields).filter(([, value]) => value !== undefined && value !== "");
  return defined.length === 0 ? undefined : Object.fromEntries(defined);
};
