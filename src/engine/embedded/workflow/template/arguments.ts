import type { KubeClient } from "../../../../k8s/client.ts";
import { textOf } from "../expression/values.ts";
import type { Arguments, Artifact, ConfigMapKey, Parameter, Template } from "../types.ts";
import { TemplateError } from "./resolve.ts";
import { type Scope, substitute } from "./substitute.ts";

export interface Processing {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly template: Template;
  readonly arguments: Arguments;
  readonly globals: Scope;
  /** Of this call: `pod.name`, `retries`, … */
  readonly locals: Scope;
}

/** The template with its inputs bound to the arguments and the variables of inputs and of the workflow filled in. */
export const bindInputs = async (processing: Processing): Promise<Template> => {
  const { template, globals, locals } = processing;
  const parameters = await Promise.all(
    (template.inputs?.parameters ?? []).map((input) => bindParameter(processing, input)),
  );
  const artifacts = (template.inputs?.artifacts ?? []).map((input) => bindArtifact(processing, input));
  const inputs: Arguments = {
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(artifacts.length > 0 ? { artifacts } : {}),
  };
  const scope = new Map([...globals, ...locals, ...inputScope(inputs)]);
  const { inputs: _declared, ...rest } = template;
  const filled = substitute(rest, scope);
  const bound = { ...inputs, ...(artifacts.length > 0 ? { artifacts: substitute(artifacts, scope) } : {}) };
  return { ...filled, ...(Object.keys(inputs).length > 0 ? { inputs: bound } : {}) };
};

export const inputScope = ({ parameters = [], artifacts = [] }: Arguments): [string, unknown][] => [
  ...parameters.map(({ name, value }): [string, unknown] => [`inputs.parameters.${name}`, value]),
  ...(parameters.length > 0 ? [["inputs.parameters", listOfParameters(parameters)] as [string, unknown]] : []),
  ...artifacts.flatMap(({ name, path }): [string, unknown][] =>
    path === undefined ? [] : [[`inputs.artifacts.${name}.path`, path]],
  ),
];

/** As `{{inputs.parameters}}` and `{{workflow.parameters}}` show them. */
export const listOfParameters = (parameters: readonly Parameter[]): string =>
  JSON.stringify(parameters.map(({ name, value }) => ({ name, value: textOf(value) })));

/** Text of a key of a config map that is marked as parameters; undefined when it is not there and may be missing. */
export const configMapValue = async (
  client: KubeClient,
  namespace: string,
  { name, key, optional = false }: ConfigMapKey,
): Promise<string | undefined> => {
  const map = await client.get({ apiVersion: "v1", kind: "ConfigMap", name, namespace });
  if (map?.metadata.labels?.["workflows.argoproj.io/configmap-type"] !== "Parameter") {
    if (optional) return undefined;
    throw new TemplateError(
      `ConfigMap '${name}' does not exist. Please make sure it has the label workflows.argoproj.io/configmap-type: Parameter to be detectable by the controller`,
    );
  }
  const data = map["data"] as Readonly<Record<string, string>> | undefined;
  if (data !== undefined && Object.hasOwn(data, key)) return data[key];
  if (optional) return undefined;
  throw new TemplateError(`ConfigMap '${name}' does not have the key '${key}'`);
};

const bindParameter = async (
  { client, namespace, globals, locals, ...processing }: Processing,
  input: Parameter,
): Promise<Parameter> => {
  const argument = processing.arguments.parameters?.find(({ name }) => name === input.name);
  const { enum: allowed, ...rest } = input;
  const given = argument?.value ?? input.value;
  const fromMap = given === undefined ? input.valueFrom?.configMapKeyRef : undefined;
  const scope = new Map([...globals, ...locals]);
  const found =
    fromMap === undefined ? given : await mapOrDefault(client, namespace, substitute(fromMap, scope), input);
  const value = found ?? input.default;
  if (value === undefined) throw new TemplateError(`inputs.parameters.${input.name} was not supplied`);
  const text = textOf(substitute(value, scope));
  if (allowed !== undefined && !allowed.map(textOf).includes(text)) {
    throw new TemplateError(
      `inputs.parameters.${input.name}: value "${text}" is not one of ${allowed.map(textOf).join(", ")}`,
    );
  }
  return { ...rest, value: text };
};

const mapOrDefault = async (
  client: KubeClient,
  namespace: string,
  ref: ConfigMapKey,
  { valueFrom, default: fallback }: Parameter,
): Promise<unknown> => {
  try {
    return await configMapValue(client, namespace, ref);
  } catch (error) {
    const other = valueFrom?.default ?? fallback;
    if (other === undefined || !(error instanceof TemplateError)) throw error;
    return other;
  }
};

const bindArtifact = (processing: Processing, input: Artifact): Artifact => {
  const argument = processing.arguments.artifacts?.find(({ name }) => name === input.name);
  const { from: _from, fromExpression: _expression, ...source } = argument ?? { name: input.name };
  const bound = { ...source, ...input };
  if (bound.raw !== undefined || bound.s3 !== undefined || input.optional === true) return bound;
  const others = ["http", "git", "gcs", "oss", "azure", "hdfs", "artifactory", "plugin"].filter(
    (kind) => kind in bound,
  );
  if (others.length > 0)
    throw new TemplateError(`inputs.artifacts.${input.name}: ${others[0] ?? ""} is not supported on embedded`);
  throw new TemplateError(`inputs.artifacts.${input.name} was not supplied`);
};
