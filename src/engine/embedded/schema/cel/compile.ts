import { Environment } from "@marcbachmann/cel-js";
import type { Schema, ValidationRule } from "../schema.ts";
import { countSteps, renameCalls } from "./budget.ts";
import { registerFunctions } from "./functions.ts";
import { undefinedField } from "./fields.ts";
import type { ValueTypes } from "./values.ts";

export type Program = (variables: { readonly self: unknown; readonly oldSelf?: unknown }) => unknown;

export interface Compiled {
  readonly rule: ValidationRule;
  /** Undefined where it cannot be run here; `problem` says why. */
  readonly program: Program | undefined;
  readonly message: Program | undefined;
  readonly usesOldSelf: boolean;
  readonly problem: RuleProblem | undefined;
}

export interface RuleProblem {
  readonly text: string;
  /** Kubernetes refuses the rule, too; otherwise it is a limit of this server. */
  readonly wrong: boolean;
}

let environment: { readonly plain: Environment; readonly optional: Environment } | undefined;

const environments = () => {
  if (environment !== undefined) return environment;
  const make = (oldSelf: string): Environment => {
    const made = new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false });
    made.registerVariable("self", "dyn").registerVariable("oldSelf", oldSelf);
    registerFunctions(made);
    return made;
  };
  environment = { plain: make("dyn"), optional: make("optional<dyn>") };
  return environment;
};

/** Compiles a rule of a schema. Never throws: what is wrong is in the result. */
export const compileRule = (rule: ValidationRule, schema: Schema, root: boolean): Compiled => {
  const { plain, optional } = environments();
  const used = rule.optionalOldSelf === true ? optional : plain;
  const { messageExpression = "" } = rule;
  const main = compileOne(used, rule.rule, schema, root);
  const message = messageExpression === "" ? undefined : compileOne(used, messageExpression, schema, root);
  return {
    rule,
    program: main.program,
    message: message?.program,
    usesOldSelf: main.usesOldSelf,
    problem: main.problem ?? message?.problem,
  };
};

interface One {
  readonly program: Program | undefined;
  readonly usesOldSelf: boolean;
  readonly problem: RuleProblem | undefined;
}

const compileOne = (used: Environment, text: string, schema: Schema, root: boolean): One => {
  const usesOldSelf = /\boldSelf\b/.test(text);
  try {
    const program = used.parse(text);
    const missing = undefinedField(program.ast, schema, root);
    if (missing !== undefined)
      return {
        program: undefined,
        usesOldSelf,
        problem: { text: compilationText(text, missing.at, missing.what), wrong: true },
      };
    renameCalls(program.ast, "matches", "linearMatches");
    const checked = program.check();
    if (!checked.valid) return { program: undefined, usesOldSelf, problem: problemOf(checked.error, text) };
    countSteps(program.ast);
    return { program: program, usesOldSelf, problem: undefined };
  } catch (error) {
    return { program: undefined, usesOldSelf, problem: problemOf(error, text) };
  }
};

const problemOf = (error: unknown, text: string): RuleProblem => {
  const {
    code = "",
    summary,
    message,
    range,
  } = error as {
    code?: string;
    summary?: string;
    message: string;
    range?: { start: number };
  };
  const what = summary ?? message.split("\n")[0] ?? "";
  const unknown = /^unknown_variable$/.test(code);
  const at = range?.start ?? 0;
  const name = /Unknown variable: (\S+)/.exec(what)?.[1];
  const words = name === undefined ? what : `undeclared reference to '${name}' (in container '')`;
  return { text: compilationText(text, at, words), wrong: unknown || error?.constructor?.name === "ParseError" };
};

/** As Kubernetes words it: with the place in the text. */
const compilationText = (text: string, at: number, what: string): string => {
  const before = text.slice(0, at).split("\n");
  const column = before.at(-1)?.length ?? 0;
  const line = text.split("\n")[before.length - 1] ?? "";
  return `compilation failed: ERROR: <input>:${before.length}:${column + 1}: ${what}\n | ${line}\n | ${".".repeat(column)}^`;
};

/** A duration as rules compare it: the library makes it itself, from Go's notation. */
export const VALUE_TYPES: ValueTypes = {
  duration: (text) => (durationOf ??= environments().plain.parse("duration(self)"))({ self: text }) as unknown,
};

let durationOf: ReturnType<Environment["parse"]> | undefined;
