import type { RenderInput } from "./input.ts";
import { isTask } from "./input.ts";
import { renderEnv, renderEnvFrom } from "./env.ts";
import { renderMounts } from "./mounts.ts";
import { portsOf } from "./ports.ts";

/** Name of the only container. */
const CONTAINER = "main";

/** The pod of a workload, without its metadata. */
export const renderPodSpec = (input: RenderInput): Record<string, unknown> => {
  const { volumes, mounts } = renderMounts(input);
  return {
    restartPolicy: isTask(input.type) ? "Never" : "Always",
    containers: [
      {
        name: CONTAINER,
        image: input.image,
        ...containerBasics(input),
        ...(mounts.length > 0 && { volumeMounts: mounts }),
        // The last lines of a container that failed reach the condition of the Deployment.
        terminationMessagePolicy: "FallbackToLogsOnError",
      },
    ],
    ...(volumes.length > 0 && { volumes }),
    ...(input.pullSecret !== undefined && { imagePullSecrets: [{ name: input.pullSecret }] }),
  };
};

const containerBasics = (input: RenderInput): Record<string, unknown> => {
  const { args, probes, resourceLimits } = input.application;
  const env = renderEnv(input);
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
    ...definedOf({ readinessProbe: probes?.readinessProbe, livenessProbe: probes?.livenessProbe }),
  };
};

const definedOf = (fields: Record<string, unknown>): Record<string, unknown> | undefined => {
  const defined = Object.entries(fields).filter(([, value]) => value !== undefined && value !== "");
  return defined.length === 0 ? undefined : Object.fromEntries(defined);
};
