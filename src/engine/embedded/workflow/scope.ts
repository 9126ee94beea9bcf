import { jsonOf, textOf } from "./expression/values.ts";
import { podOf } from "./pod/find.ts";
import { childrenOf, type Run } from "./run.ts";
import type { Arguments, Artifact, Call, Node, Outputs, Parameter } from "./types.ts";
import { evaluate } from "./expression/evaluate.ts";
import { jsonError } from "./expression/json-error.ts";
import { nest, substitute, type Scope } from "./template/substitute.ts";
import { TemplateError } from "./template/resolve.ts";

/** What later calls may know of a step or task: `steps.NAME.…` or `tasks.NAME.…`. */
export const addToScope = (run: Run, scope: Map<string, unknown>, prefix: string, node: Node): void => {
  const set = (key: string, value: unknown): void =>
    void (value === undefined ? 0 : scope.set(`${prefix}.${key}`, value));
  set("id", node.id);
  set("status", node.phase);
  set("startedAt", node.startedAt ?? undefined);
  set("finishedAt", node.finishedAt ?? undefined);
  set("hostNodeName", node.hostNodeName);
  if (node.type === "Pod") set("ip", podIp(run, node));
  const outputs = node.type === "TaskGroup" ? aggregate(childrenOf(run, node)) : outputEntries(node.outputs);
  for (const [key, value] of outputs) set(key, value);
};

/** Of the nodes of a step with items: lists of what each of them has. */
export const aggregate = (nodes: readonly Node[]): [string, unknown][] => {
  const entries: [string, unknown][] = [];
  const results = nodes.flatMap(({ outputs }) => (outputs?.result === undefined ? [] : [parseResult(outputs.result)]));
  if (results.length > 0) entries.push(["outputs.result", jsonOf(results)]);
  const maps = nodes.flatMap(({ outputs }) => (outputs?.parameters === undefined ? [] : [outputs.parameters]));
  if (maps.length === 0) return entries;
  const rows = maps.map((parameters) => Object.fromEntries(parameters.map(({ name, value }) => [name, textOf(value)])));
  entries.push(["outputs.parameters", jsonOf(rows)]);
  for (const name of new Set(maps.flat().map((parameter) => parameter.name))) {
    const values = maps.flatMap((parameters) =>
      parameters.filter((each) => each.name === name).map((each) => textOf(each.value)),
    );
    entries.push([`outputs.parameters.${name}`, jsonOf(values)]);
  }
  return entries;
};

/** Results of many are put together as JSON: one that is no JSON fails the template, as with Argo. */
const parseResult = (result: string): unknown => {
  try {
    return JSON.parse(result) as unknown;
  } catch {
    throw new TemplateError(jsonError(result));
  }
};

const outputEntries = (outputs: Outputs | undefined): [string, unknown][] => [
  ...(outputs?.exitCode === undefined ? [] : [["exitCode", outputs.exitCode] as [string, unknown]]),
  ...(outputs?.result === undefined ? [] : [["outputs.result", outputs.result] as [string, unknown]]),
  ...(outputs?.parameters ?? []).map(({ name, value }): [string, unknown] => [`outputs.parameters.${name}`, value]),
];

const podIp = (run: Run, node: Node): string | undefined =>
  (podOf(run, node)?.["status"] as { podIP?: string } | undefined)?.podIP;

/** Artifact that a reference like `{{steps.a.outputs.artifacts.x}}` means. */
export type FindArtifact = (reference: string) => Artifact | undefined;

/** Arguments with their artifacts looked up. */
export const withArtifacts = (args: Arguments | undefined, find: FindArtifact): Arguments => {
  if (args?.artifacts === undefined) return args ?? {};
  const artifacts = args.artifacts.flatMap((artifact): Artifact[] => {
    if (artifact.from === undefined) return [artifact];
    const reference = artifact.from.replace(/^\{\{=?\s*|\s*\}\}$/g, "");
    const found = find(reference);
    if (found !== undefined)
      return [
        {
          name: artifact.name,
          ...(found.s3 === undefined ? {} : { s3: found.s3 }),
          ...(found.raw === undefined ? {} : { raw: found.raw }),
        },
      ];
    if (artifact.optional === true) return [];
    throw new TemplateError(`unable to resolve references: Unable to resolve: {{${reference}}}`);
  });
  return { ...args, artifacts };
};

/** Finds artifacts of the inputs, of sibling nodes, and of the workflow. */
export const artifactFinder =
  (run: Run, inputs: Arguments | undefined, siblings: (name: string) => Node | undefined): FindArtifact =>
  (reference) => {
    const [kind, first = "", second, third, ...rest] = reference.split(".");
    if (kind === "inputs") return inputs?.artifacts?.find(({ name }) => name === second);
    if (kind === "workflow" && first === "outputs")
      return run.outputs.artifacts.get(third ?? "") as Artifact | undefined;
    if (kind === "workflow") return run.spec.arguments?.artifacts?.find(({ name }) => name === third);
    if (second !== "outputs" || third !== "artifacts") return undefined;
    return siblings(first)?.outputs?.artifacts?.find(({ name }) => name === rest.join("."));
  };

/** Outputs of a template of steps or tasks, from what is in its scope. */
export const templateOutputs = (
  outputs: Outputs | undefined,
  scope: Scope,
  find: FindArtifact,
): Outputs | undefined => {
  if (outputs?.parameters === undefined && outputs?.artifacts === undefined) return undefined;
  const parameters = (outputs.parameters ?? []).map((parameter) => outputParameter(parameter, scope));
  const artifacts = (outputs.artifacts ?? []).flatMap((artifact) => {
    const found = withArtifacts(
      {
        artifacts: [
          {
            ...artifact,
            ...(artifact.fromExpression === undefined ? {} : { from: chosen(artifact.fromExpression, scope) }),
          },
        ],
      },
      find,
    );
    return (found.artifacts ?? []).map((each) => ({
      ...each,
      ...(artifact.globalName === undefined ? {} : { globalName: artifact.globalName }),
    }));
  });
  return { ...(parameters.length > 0 ? { parameters } : {}), ...(artifacts.length > 0 ? { artifacts } : {}) };
};

/** An expression over artifacts is the choice of one of them: names of artifacts stand for themselves. */
const chosen = (expression: string, scope: Scope): string => {
  const references = [
    ...expression.matchAll(/(?:steps|tasks|inputs)(?:\.[\w-]+|\['[^']+'\])*\.artifacts(?:\.[\w-]+|\['[^']+'\])/g),
  ];
  const names = references.map(([whole]): [string, unknown] => {
    const path = whole.replaceAll(/\['([^']+)'\]/g, ".$1");
    return [path, path];
  });
  return textOf(evaluate(expression, nest(new Map([...scope, ...names]))));
};

const outputParameter = (parameter: Parameter, scope: Scope): Parameter => {
  const { valueFrom } = parameter;
  const value =
    outputValue(parameter, scope) ?? (valueFrom?.default === undefined ? undefined : textOf(valueFrom.default));
  if (value === undefined) throw new TemplateError(`output parameter '${parameter.name}' has no value`);
  const { valueFrom: _source, ...rest } = parameter;
  return { ...rest, value };
};

const outputValue = ({ value, valueFrom }: Parameter, scope: Scope): string | undefined => {
  if (value !== undefined) return textOf(substitute(value, scope));
  if (valueFrom?.expression !== undefined) return textOf(evaluate(valueFrom.expression, nest(scope)));
  if (valueFrom?.parameter === undefined) return undefined;
  const name = valueFrom.parameter.replace(/^\{\{\s*|\s*\}\}$/g, "");
  const found = scope.get(name);
  return found === undefined ? undefined : textOf(found);
};

/** Whether anything in a template asks for the printed output of a step or task. */
export const asksForResult = (within: unknown, call: Pick<Call, "name">): boolean => {
  const name = call.name.replace(/\(.*$/s, "");
  // `steps['a'].outputs` of an expression is `steps.a.outputs`.
  const text = (JSON.stringify(within) ?? "").replaceAll(/\[\\?["']([\w-]+)\\?["']\]/g, ".$1");
  return text.includes(`steps.${name}.outputs.result`) || text.includes(`tasks.${name}.outputs.result`);
};
