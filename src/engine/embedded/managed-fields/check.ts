import { goText, goType } from "../patch/go-value.ts";
import { type Fields, isFields } from "../schema/data.ts";
import { goJson, goQuote } from "../schema/go-text.ts";
import { type FieldType, type ListType, type MapType, type ScalarKind, formOf } from "./field-type.ts";
import { hasNoElement, itemElement } from "./list-items.ts";
import { elementText } from "./path-element.ts";

/** What is wrong with an object that is to be applied, by its types alone; undefined where nothing is. */
export const problemsOf = (type: FieldType, object: Fields): string | undefined => {
  const problems = problemsAt(type, object, "");
  if (problems.length < 2) return problems[0];
  return ["errors:", ...problems.map((problem) => `  ${problem}`)].join("\n");
};

const problemsAt = (type: FieldType, value: unknown, path: string): string[] => {
  if (value === null) return [];
  const form = formOf(type, value);
  const { map, list } = type;
  if (form === "map" && map !== undefined)
    return isFields(value) ? ofMap(map, value, path) : [at(path, `expected map, got ${goValue(value)}`)];
  if (form === "list" && list !== undefined)
    return Array.isArray(value) ? ofList(list, value, path) : [at(path, `expected list, got ${goValue(value)}`)];
  const problem = scalarProblem(type.scalar ?? "any", value);
  return problem === undefined ? [] : [at(path, problem)];
};

const at = (path: string, problem: string): string => (path === "" ? problem : `${path}: ${problem}`);

const ofMap = (type: MapType, members: Fields, path: string): string[] =>
  Object.entries(members).flatMap(([name, value]) => {
    const field = type.field(name);
    const inner = `${path}.${name}`;
    return field === undefined ? [at(inner, "field not declared in schema")] : problemsAt(field.type, value, inner);
  });

const ofList = (type: ListType, items: readonly unknown[], path: string): string[] => {
  const item = type.item();
  if (type.atomic) return items.flatMap((value, index) => problemsAt(item, value, `${path}[${index}]`));
  const seen = new Set<string>();
  const problems: string[] = [];
  for (const [index, value] of items.entries()) {
    const element = itemElement(type, value);
    if (hasNoElement(element)) return [...problems, at(path, `element ${index}:${element}`)];
    const name = elementText(element);
    if (seen.has(element)) problems.push(at(path, `duplicate entries for key ${name}`));
    seen.add(element);
    problems.push(...problemsAt(item, value, `${path}${name}`));
  }
  return problems;
};

const scalarProblem = (kind: ScalarKind, value: unknown): string | undefined => {
  const is = typeof value;
  switch (kind) {
    case "number":
      return is === "number" ? undefined : `expected numeric (int or float), got ${goType(value)}`;
    case "string":
      return is === "string" ? undefined : `expected string, got &value.valueUnstructured{Value:${goLiteral(value)}}`;
    case "boolean":
      return is === "boolean" ? undefined : `expected boolean, got ${goValue(value)}`;
    case "any":
      return is === "object" ? `expected any scalar, got ${goValue(value)}` : undefined;
  }
};

/** A value as Go prints it within a struct. */
const goValue = (value: unknown): string => `&{${goText(value)}}`;

const goLiteral = (value: unknown): string => {
  if (typeof value === "string") return goQuote(value);
  if (Array.isArray(value)) return `[]interface {}{${value.map(goLiteral).join(", ")}}`;
  if (isFields(value))
    return `map[string]interface {}{${Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, inner]) => `${goQuote(name)}:${goLiteral(inner)}`)
      .join(", ")}}`;
  return value === null ? "interface {}(nil)" : goJson(value);
};
