import type { StatusCause } from "../api/status.ts";
import { duplicate, forbidden, invalidValue, required } from "./cause.ts";
import type { Budget } from "./cel/budget.ts";
import type { Compiled, RuleProblem } from "./cel/compile.ts";
import { type Earlier, earlierField, earlierItem, isUnchanged } from "./correlate.ts";
import { isFields, member } from "./data.ts";
import { loadPatterns } from "./pattern.ts";
import { childrenOf, someSchema } from "./prepare.ts";
import type { Schema, ValidationRule } from "./schema.ts";

/** Steps for all rules of one object: a second or so of work at worst. */
const MOST_STEPS = 2_000_000;

type Engine = typeof import("./cel/engine.ts");
type Rules = ReadonlyMap<Schema, readonly Compiled[]>;

const compiledOf = new WeakMap<Schema, Rules>();

/** Compiles the CEL rules of a schema, once. What they need is loaded only if there are any. */
export const compileRules = async (schema: Schema): Promise<Rules> => {
  const known = compiledOf.get(schema);
  if (known !== undefined) return known;
  const rules = new Map<Schema, readonly Compiled[]>();
  if (someSchema(schema, hasRules)) {
    const [{ compileRule }] = await Promise.all([import("./cel/engine.ts"), loadPatterns()]);
    compileInto(rules, schema, compileRule, true);
  }
  compiledOf.set(schema, rules);
  return rules;
};

/** The rules of a schema that this server cannot run, with their place in it. */
export const ruleProblems = async (
  schema: Schema,
): Promise<{ path: string; rule: ValidationRule; problem: RuleProblem }[]> => {
  const rules = await compileRules(schema);
  const walk = (one: Schema, path: string): { path: string; rule: ValidationRule; problem: RuleProblem }[] => [
    ...(rules.get(one) ?? []).flatMap(({ rule, problem }, at) =>
      problem === undefined ? [] : [{ path: join(path, `x-kubernetes-validations[${at}]`), rule, problem }],
    ),
    ...Object.entries(one.properties ?? {}).flatMap(([name, inner]) => walk(inner, join(path, `properties[${name}]`))),
    ...(isFields(one.items) ? walk(one.items, join(path, "items")) : []),
    ...(isFields(one.additionalProperties) ? walk(one.additionalProperties, join(path, "additionalProperties")) : []),
  ];
  return rules.size === 0 ? [] : walk(schema, "");
};

export interface RuleVerdict {
  readonly causes: readonly StatusCause[];
  /** Rules that were not run, and violations that are tolerated because nothing changed: for `Warning` headers. */
  readonly warnings: readonly string[];
}

/** Evaluates the CEL rules of a schema on an object, or on its change from `old`. */
export const evaluateRules = async (object: unknown, old: unknown, schema: Schema): Promise<RuleVerdict> => {
  const rules = await compileRules(schema);
  if (rules.size === 0) return { causes: [], warnings: [] };
  const { evaluate } = await import("./cel/engine.ts");
  const run: Run = {
    rules,
    evaluate,
    budget: { left: MOST_STEPS },
    causes: [],
    warnings: [],
    isUpdate: old !== undefined,
  };
  evaluateAt(
    { value: object, schema, path: "", earlier: old === undefined ? undefined : { value: old }, unchanged: false },
    run,
  );
  return { causes: run.causes, warnings: [...new Set(run.warnings)] };
};

/** Whether any part of a schema has CEL rules. */
export const hasAnyRules = (schema: Schema): boolean => someSchema(schema, hasRules);

interface Run {
  readonly rules: Rules;
  readonly evaluate: Engine["evaluate"];
  readonly budget: Budget;
  readonly causes: StatusCause[];
  readonly warnings: string[];
  readonly isUpdate: boolean;
}

interface Place {
  readonly value: unknown;
  readonly schema: Schema;
  readonly path: string;
  readonly earlier: Earlier | undefined;
  /** Whether what it is part of is as it was. */
  readonly unchanged: boolean;
}

const hasRules = (schema: Schema): boolean => (schema["x-kubernetes-validations"] ?? []).length > 0;

const compileInto = (
  rules: Map<Schema, readonly Compiled[]>,
  schema: Schema,
  compileRule: Engine["compileRule"],
  root: boolean,
): void => {
  const seen = new Set<Schema>();
  const waiting: Schema[] = [schema];
  for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
    if (seen.has(one)) continue;
    seen.add(one);
    const here = one;
    const isRoot = (root && here === schema) || here["x-kubernetes-embedded-resource"] === true;
    if (hasRules(here))
      rules.set(
        here,
        (here["x-kubernetes-validations"] ?? []).map((rule) => compileRule(rule, here, isRoot)),
      );
    waiting.push(...childrenOf(here));
  }
};

const evaluateAt = (place: Place, run: Run): void => {
  const { value, schema, path, earlier } = place;
  if (value === null || value === undefined || run.budget.left < 0) return;
  const unchanged = earlier === undefined ? place.unchanged : isUnchanged(value, earlier);
  evaluateOwn({ ...place, unchanged }, run);
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items !== undefined)
      for (const [at, item] of value.entries())
        evaluateAt(
          {
            value: item,
            schema: items,
            path: `${path}[${at}]`,
            earlier: earlierItem(earlier, item, schema),
            unchanged,
          },
          run,
        );
    return;
  }
  if (!isFields(value)) return;
  for (const [key, inner] of Object.entries(value)) {
    const property = member(schema.properties, key);
    const additional = typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined;
    const of = property ?? additional;
    if (of === undefined) continue;
    const at = property === undefined ? `${path}[${key}]` : join(path, key);
    evaluateAt({ value: inner, schema: of, path: at, earlier: earlierField(earlier, key), unchanged }, run);
  }
};

const evaluateOwn = (place: Place, run: Run): void => {
  const { value, schema, path, earlier } = place;
  for (const compiled of run.rules.get(schema) ?? []) {
    const { rule, program, usesOldSelf } = compiled;
    if (program === undefined) {
      run.warnings.push(
        `rule ${JSON.stringify(rule.rule)} at ${path === "" ? "the root" : path} is not enforced: ${compiled.problem?.text ?? ""}`,
      );
      continue;
    }
    const old = earlier?.value ?? undefined;
    if (usesOldSelf && old === undefined && rule.optionalOldSelf !== true) continue;
    const { outcome, message } = run.evaluate(compiled, value, old, schema, run.budget);
    if (outcome === "held") continue;
    const at =
      rule.fieldPath === undefined
        ? path
        : `${path}${path === "" ? rule.fieldPath.replace(/^\./, "") : rule.fieldPath}`;
    const kind = schema.type ?? "";
    if (outcome === "failed") run.causes.push(invalidValue(path, kind, message));
    else {
      const cause = causeFor(at, kind, message, rule.reason);
      if (!usesOldSelf && place.unchanged) run.warnings.push(`${cause.field ?? ""}: ${cause.message}`);
      else run.causes.push(cause);
    }
    if (run.budget.left < 0) return;
  }
};

const causeFor = (path: string, kind: string, message: string, reason: string | undefined): StatusCause => {
  if (reason === "FieldValueForbidden") return forbidden(path, message);
  if (reason === "FieldValueRequired") return required(path, message);
  if (reason === "FieldValueDuplicate") return duplicate(path, kind);
  return invalidValue(path, kind, message);
};

const join = (path: string, key: string): string => (path === "" ? key : `${path}.${key}`);
