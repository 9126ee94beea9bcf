import { isFields, member } from "../data.ts";
import type { Schema } from "../schema.ts";
import { META_FIELDS } from "./meta-fields.ts";
import { escapedName } from "./values.ts";

interface Node {
  readonly op: string;
  readonly args: unknown;
  readonly end?: number;
  readonly start?: number;
}

type Scope = ReadonlyMap<string, Schema | undefined>;

export interface Missing {
  readonly what: string;
  /** Where in the text of the rule. */
  readonly at: number;
}

/** The first field that a rule asks for and its schema does not have. `root`: the schema is that of a whole object. */
export const undefinedField = (ast: unknown, schema: Schema, root: boolean): Missing | undefined => {
  const self = root ? withMeta(schema) : schema;
  const missing: Missing[] = [];
  typeOf(ast as Node, new Map([["self", self]]), missing);
  return missing[0];
};

const withMeta = (schema: Schema): Schema => ({ ...schema, properties: { ...schema.properties, ...META_FIELDS } });

/** What a part of a rule is, as far as it can be told; undefined: anything. */
const typeOf = (node: Node, scope: Scope, missing: Missing[]): Schema | undefined => {
  const { op, args } = node;
  if (op === "id") return scope.get(args as string);
  if (op === "." || op === ".?") {
    const [target, name] = args as [Node, string];
    const of = typeOf(target, scope, missing);
    return fieldOf(of, name, (what) => missing.push({ what, at: target.end ?? 0 }));
  }
  if (op === "[]" || op === "[?]") {
    const [target, index] = args as [Node, Node];
    const of = typeOf(target, scope, missing);
    typeOf(index, scope, missing);
    return of?.items ?? (typeof of?.additionalProperties === "object" ? of.additionalProperties : undefined);
  }
  if (op === "rcall") return callType(args as [string, Node, Node[]], scope, missing);
  for (const inner of nodesIn(args)) typeOf(inner, scope, missing);
  return undefined;
};

const MACROS = new Set(["all", "exists", "exists_one", "map", "filter"]);

const callType = (
  [name, target, args]: [string, Node, Node[]],
  scope: Scope,
  missing: Missing[],
): Schema | undefined => {
  const of = typeOf(target, scope, missing);
  const [first] = args;
  const isMacro = MACROS.has(name) && first?.op === "id" && args.length >= 2;
  const inner = new Map(scope);
  if (isMacro) inner.set(first.args as string, of?.items);
  for (const arg of isMacro ? args.slice(1) : args) typeOf(arg, inner, missing);
  return name === "filter" ? of : undefined;
};

const fieldOf = (schema: Schema | undefined, name: string, refuse: (what: string) => void): Schema | undefined => {
  if (schema === undefined || schema.type !== "object") return undefined;
  if (schema["x-kubernetes-embedded-resource"] === true) return undefined;
  if (typeof schema.additionalProperties === "object") return schema.additionalProperties;
  const found = Object.keys(schema.properties ?? {}).find((key) => escapedName(key) === name);
  if (found === undefined) refuse(`undefined field '${name}'`);
  return found === undefined ? undefined : member(schema.properties, found);
};

const nodesIn = (args: unknown): Node[] => {
  if (Array.isArray(args)) return args.flatMap(nodesIn);
  return isFields(args) && typeof args["op"] === "string" ? [args as unknown as Node] : [];
};
