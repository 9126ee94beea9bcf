import type { Sources } from "../sources.ts";
import type { Container, EnvVar, KeySelector, Pod } from "../types.ts";
import { type PodFacts, fieldValue, resourceValue } from "./downward.ts";
import { expandVariables } from "./expand.ts";

/** The container cannot start as it is configured: Kubernetes' `CreateContainerConfigError`. */
export class ContainerConfigError extends Error {}

export interface EnvInput {
  readonly pod: Pod;
  readonly container: Container;
  readonly facts: PodFacts;
  readonly sources: Sources;
  /** Below everything that the pod says. */
  readonly base: ReadonlyMap<string, string>;
}

/** The environment that a container's `envFrom` and `env` make, in their order, over the base. */
export const containerEnv = (input: EnvInput): Map<string, string> => {
  const { pod, container, sources, base } = input;
  const env = new Map(base);
  const namespace = pod.metadata.namespace ?? "";
  for (const { prefix = "", configMapRef, secretRef } of container.envFrom ?? []) {
    const ref = configMapRef ?? secretRef;
    if (ref === undefined) continue;
    const kind = configMapRef === undefined ? "Secret" : "ConfigMap";
    const data = sources.data(kind, namespace, ref.name ?? "");
    if (data === undefined && ref.optional !== true) throw missing(kind, ref.name ?? "");
    for (const [key, value] of data ?? []) env.set(`${prefix}${key}`, value.toString("utf8"));
  }
  for (const variable of container.env ?? []) {
    const value = valueOf(variable, input, env);
    if (value !== undefined) env.set(variable.name, value);
  }
  return env;
};

const valueOf = (variable: EnvVar, input: EnvInput, env: ReadonlyMap<string, string>): string | undefined => {
  const { pod, container, facts, sources } = input;
  const { valueFrom } = variable;
  if (valueFrom === undefined) return expandVariables(variable.value ?? "", (name) => env.get(name));
  const namespace = pod.metadata.namespace ?? "";
  if (valueFrom.configMapKeyRef !== undefined) return keyOf(sources, "ConfigMap", namespace, valueFrom.configMapKeyRef);
  if (valueFrom.secretKeyRef !== undefined) return keyOf(sources, "Secret", namespace, valueFrom.secretKeyRef);
  if (valueFrom.fieldRef !== undefined) {
    const value = fieldValue(pod, valueFrom.fieldRef, facts);
    if (value === undefined) throw new ContainerConfigError(`unsupported fieldPath: ${valueFrom.fieldRef.fieldPath}`);
    return value;
  }
  if (valueFrom.resourceFieldRef !== undefined) {
    const value = resourceValue(pod, container, valueFrom.resourceFieldRef);
    if (value === undefined)
      throw new ContainerConfigError(`unsupported resource: ${valueFrom.resourceFieldRef.resource}`);
    return value;
  }
  return "";
};

const keyOf = (
  sources: Sources,
  kind: "ConfigMap" | "Secret",
  namespace: string,
  { name = "", key, optional = false }: KeySelector,
): string | undefined => {
  const data = sources.data(kind, namespace, name);
  const value = data?.get(key);
  if (value !== undefined) return value.toString("utf8");
  if (optional) return undefined;
  if (data === undefined) throw missing(kind, name);
  throw new ContainerConfigError(`couldn't find key ${key} in ${kind} ${namespace}/${name}`);
};

const missing = (kind: string, name: string): ContainerConfigError =>
  new ContainerConfigError(`${kind.toLowerCase()} "${name}" not found`);
