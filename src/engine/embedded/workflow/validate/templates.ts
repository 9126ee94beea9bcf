import { checkDepends, dependenciesOf } from "../depends.ts";
import { ExpressionError } from "../expression/tokens.ts";
import { isLoop } from "../template/items.ts";
import { type Resolved, resolveTemplate, type TemplateContext, TemplateError } from "../template/resolve.ts";
import type { Arguments, Call, Parameter, Template, TemplateRef } from "../types.ts";
import { variablesIn } from "../template/substitute.ts";
import { groupsOf } from "../steps.ts";
import { checkVariables, type Known } from "./variables.ts";

export interface Surroundings {
  readonly context: TemplateContext;
  /** Of the workflow. */
  readonly parameters: readonly Parameter[];
  /** Of the place that an inline template is in. */
  readonly calls?: Known["calls"];
  /** Templates that were looked at, by their scope and name. */
  readonly seen: Set<string>;
}

type Reference = Pick<Call, "template" | "templateRef" | "inline" | "arguments">;

/** Looks at a template and all that it calls; returns the template. Undefined for one that only variables name. */
export const validateCall = async (call: Reference, surroundings: Surroundings): Promise<Template | undefined> => {
  if (JSON.stringify([call.template, call.templateRef])?.includes("{{")) return undefined;
  const { template, context } = await resolved(call, surroundings.context);
  checkSupplied(template, call.arguments ?? {});
  const key = `${context.scope}/${template.name ?? ""}`;
  if (call.inline === undefined && surroundings.seen.has(key)) return template;
  surroundings.seen.add(key);
  const { calls, ...rest } = surroundings;
  await validateTemplate(template, {
    ...rest,
    context,
    ...(call.inline === undefined || calls === undefined ? {} : { calls }),
  });
  return template;
};

const resolved = async (call: Reference, context: TemplateContext): Promise<Resolved> => {
  const { template, templateRef, inline } = call;
  if (inline !== undefined) return await resolveTemplate(call, context);
  if (templateRef !== undefined) return await resolvedRef(templateRef, call, context);
  if (context.templates.some(({ name }) => name === template)) return await resolveTemplate(call, context);
  throw new TemplateError(`template name '${template ?? ""}' undefined`);
};

const resolvedRef = async (
  { name, template }: TemplateRef,
  call: Reference,
  context: TemplateContext,
): Promise<Resolved> => {
  try {
    return await resolveTemplate(call, context);
  } catch (error) {
    throw error instanceof TemplateError
      ? new TemplateError(`template reference ${name}.${template} not found`)
      : error;
  }
};

const checkSupplied = ({ name = "", inputs }: Template, args: Arguments): void => {
  for (const parameter of inputs?.parameters ?? []) {
    const { value, default: fallback, valueFrom } = parameter;
    const isGiven =
      [value, fallback, valueFrom].some((each) => each !== undefined) ||
      args.parameters?.some((each) => each.name === parameter.name);
    if (isGiven !== true)
      throw new TemplateError(`templates.${name} inputs.parameters.${parameter.name} was not supplied`);
  }
};

const validateTemplate = async (template: Template, surroundings: Surroundings): Promise<void> => {
  const { name = "", steps, dag } = template;
  const known: Known = {
    inputs: template.inputs,
    parameters: surroundings.parameters,
    calls: surroundings.calls ?? new Map(),
    isLoop: false,
  };
  checkKind(template);
  checkTimeout(template);
  if (steps !== undefined) await validateSteps(template, known, surroundings);
  else if (dag !== undefined) await validateDag(template, known, surroundings);
  else located(`templates.${name}:`, () => checkVariables(template, known));
};

const KINDS = ["container", "script", "steps", "dag", "suspend", "resource", "http", "plugin", "data", "containerSet"];

const checkKind = (template: Template): void => {
  const kinds = KINDS.filter((kind) => template[kind] !== undefined);
  const list = "container, script, resource, dag, steps, suspend";
  if (kinds.length === 0) throw new TemplateError(`template '${template.name ?? ""}' type is unknown`);
  if (kinds.length > 1)
    throw new TemplateError(
      `templates.${template.name ?? ""} multiple template types specified. choose one of: ${list}`,
    );
};

const checkTimeout = ({ timeout, suspend, steps, dag }: Template): void => {
  const kind =
    suspend !== undefined ? "Suspend" : steps !== undefined ? "Steps" : dag !== undefined ? "DAG" : undefined;
  if (timeout !== undefined && kind !== undefined)
    throw new TemplateError(`${kind} template doesn't support timeout field.`);
};

const validateSteps = async (template: Template, known: Known, surroundings: Surroundings): Promise<void> => {
  const { name = "" } = template;
  const calls = new Map(known.calls);
  const seen = new Set<string>();
  for (const [index, steps] of groupsOf({ template }).entries()) {
    for (const step of steps) {
      if (seen.has(step.name))
        throw new TemplateError(`templates.${name}.steps[${index}].name '${step.name}' is not unique`);
      seen.add(step.name);
      located(`templates.${name}.steps`, () => checkVariables(ofCall(step), { ...known, calls, isLoop: isLoop(step) }));
    }
    const group = await Promise.all(
      steps.map((step) =>
        locatedLater(`templates.${name}.steps[${index}].${step.name}`, () =>
          validateCall(step, { ...surroundings, calls: new Map(calls) }),
        ),
      ),
    );
    for (const [at, step] of steps.entries()) calls.set(step.name, group[at]);
    for (const step of steps)
      located(`templates.${name}.steps`, () =>
        checkVariables(exitArguments(step), { ...known, calls, isLoop: isLoop(step) }),
      );
  }
  located(`templates.${name}.outputs`, () => checkVariables(template.outputs, { ...known, calls }));
};

const validateDag = async (template: Template, known: Known, surroundings: Surroundings): Promise<void> => {
  const { name = "", dag } = template;
  const tasks = dag?.tasks ?? [];
  const byName = new Map(tasks.map((task) => [task.name, task]));
  if (
    tasks.some(({ depends }) => depends !== undefined) &&
    tasks.some(({ dependencies = [] }) => dependencies.length > 0)
  )
    throw new TemplateError(`templates.${name} cannot use both 'depends' and 'dependencies' in the same DAG template`);
  if (byName.size < tasks.length) throw new TemplateError(`templates.${name}.tasks: names of tasks are not unique`);
  for (const task of tasks) {
    const missing = dependenciesOf(task).find((dependency) => !byName.has(dependency));
    if (missing !== undefined)
      throw new TemplateError(`templates.${name} sorting failed: invalid dependency ${missing}`);
    located(`templates.${name}.tasks.${task.name}`, () => checkDepends(task, tasks));
  }
  const order = inOrder(tasks);
  if (order === undefined) throw new TemplateError(`templates.${name} sorting failed: graph with cycle`);
  const missing = (dag?.target ?? "")
    .split(/\s+/)
    .find((target) => target !== "" && !target.includes("{{") && !byName.has(target));
  if (missing !== undefined) throw new TemplateError(`templates.${name}.targets: target '${missing}' is not defined`);
  const all = new Map<string, Template | undefined>();
  const callsOf = (task: Call): Map<string, Template | undefined> =>
    new Map([
      ...known.calls,
      ...[...ancestors(task, byName)].map((each): [string, Template | undefined] => [each, all.get(each)]),
    ]);
  for (const task of order) {
    const where = `templates.${name}.tasks.${task.name}`;
    all.set(task.name, await locatedLater(where, () => validateCall(task, { ...surroundings, calls: callsOf(task) })));
    const before = ancestors(task, byName);
    for (const parameter of task.arguments?.parameters ?? []) {
      const used = variablesIn(parameter).map((variable) => /^tasks\.([^.]+)\./.exec(variable)?.[1] ?? "");
      const unmet = used.find((other) => byName.has(other) && !before.has(other));
      if (unmet !== undefined)
        throw new TemplateError(`${where} missing dependency '${unmet}' for parameter '${parameter.name}'`);
    }
    const calls = callsOf(task);
    located(where, () => checkVariables(ofCall(task), { ...known, calls, isLoop: isLoop(task) }));
    located(where, () =>
      checkVariables(exitArguments(task), {
        ...known,
        calls: calls.set(task.name, all.get(task.name)),
        isLoop: isLoop(task),
      }),
    );
  }
  located(`templates.${name}.outputs`, () => checkVariables(template.outputs, { ...known, calls: all }));
};

/** Without what is only looked at when it has ended. */
const ofCall = ({ inline: _inline, hooks: _hooks, ...call }: Call): unknown => call;

const exitArguments = ({ hooks }: Call): unknown => Object.values(hooks ?? {}).map(({ arguments: args }) => args);

/** Each after what it depends on; undefined when that goes round in a circle. */
const inOrder = (tasks: readonly Call[]): Call[] | undefined => {
  const done = new Set<string>();
  const order: Call[] = [];
  while (order.length < tasks.length) {
    const ready = tasks.filter((task) => !done.has(task.name) && dependenciesOf(task).every((name) => done.has(name)));
    if (ready.length === 0) return undefined;
    for (const task of ready) done.add(task.name);
    order.push(...ready);
  }
  return order;
};

const ancestors = (task: Call, byName: ReadonlyMap<string, Call>, found = new Set<string>()): Set<string> => {
  for (const name of dependenciesOf(task)) {
    const parent = byName.get(name);
    if (parent === undefined || found.has(name)) continue;
    found.add(name);
    ancestors(parent, byName, found);
  }
  return found;
};

const located = (where: string, check: () => void): void => {
  try {
    check();
  } catch (error) {
    throw at(where, error);
  }
};

const locatedLater = async <T>(where: string, check: () => Promise<T>): Promise<T> => {
  try {
    return await check();
  } catch (error) {
    throw at(where, error);
  }
};

const at = (where: string, error: unknown): unknown =>
  error instanceof TemplateError || error instanceof ExpressionError
    ? new TemplateError(`${where} ${error.message}`)
    : error;
