import { variablesIn } from "../template/substitute.ts";
import { TemplateError } from "../template/resolve.ts";
import type { Parameter, Template } from "../types.ts";

/** What may be named in a place of a template. */
export interface Known {
  readonly inputs: Template["inputs"];
  /** Of the workflow. */
  readonly parameters: readonly Parameter[];
  /** The templates of steps or tasks that have ended there; undefined: it cannot be told what they give. */
  readonly calls: ReadonlyMap<string, Template | undefined>;
  readonly isLoop: boolean;
}

/** Throws for the first variable that nothing gives a value. */
export const checkVariables = (value: unknown, known: Known): void => {
  const unknown = variablesIn(value).find((name) => !isKnown(name, known));
  if (unknown !== undefined) throw new TemplateError(`failed to resolve {{${unknown}}}`);
};

const ANYWHERE =
  /^(retries|lastRetry\..*|pod\.name|node\.name|steps\.name|tasks\.name|outputs\..*|workflow\.outputs\..*)$/;
const OF_CALLS =
  /^(id|startedAt|finishedAt|status|hostNodeName|ip|exitCode|outputs\.result|outputs\.parameters|outputs\.artifacts\..+)$/;

const isKnown = (name: string, { inputs, parameters, calls, isLoop }: Known): boolean => {
  if (ANYWHERE.test(name)) return true;
  if (name === "item" || name.startsWith("item.")) return isLoop;
  const parts = name.split(".");
  const [kind = "", second = "", third = ""] = parts;
  if (kind === "workflow") {
    return (
      second !== "parameters" ||
      parts.length === 2 ||
      name === "workflow.parameters.json" ||
      has(parameters, parts.slice(2).join("."))
    );
  }
  if (kind === "inputs" && second === "parameters")
    return parts.length === 2 || has(inputs?.parameters, parts.slice(2).join("."));
  if (kind === "inputs" && second === "artifacts") return has(inputs?.artifacts, third);
  if (kind !== "steps" && kind !== "tasks") return false;
  return calls.has(second) && isOutput(parts.slice(2), calls.get(second));
};

const isOutput = (path: readonly string[], template: Template | undefined): boolean => {
  if (OF_CALLS.test(path.join("."))) return true;
  if (path[0] !== "outputs" || path[1] !== "parameters") return false;
  return template === undefined || has(template.outputs?.parameters, path.slice(2).join("."));
};

const has = (named: readonly { readonly name: string }[] | undefined, name: string): boolean =>
  named?.some((each) => each.name === name) === true;
