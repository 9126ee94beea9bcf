import { ChoreoError } from "../lib/errors.ts";
import type { Scalar } from "./catalog.ts";

/**
 * Replaces `${name}` in every string of a parsed value, keys included. A string that is nothing but one placeholder takes
 * the parameter's type, so that `"${nodePort}"` becomes a number. Filling in after parsing means that no value can change
 * the structure. An unknown name is `E_INTERNAL`.
 */
export const fillIn = <T>(value: T, parameters: Readonly<Record<string, Scalar>>): T => fill(value, parameters) as T;

const fill = (value: unknown, parameters: Readonly<Record<string, Scalar>>): unknown => {
  if (typeof value === "string") return fillString(value, parameters);
  if (Array.isArray(value)) return value.map((element) => fill(element, parameters));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [String(fillString(key, parameters)), fill(field, parameters)]),
  );
};

const fillString = (text: string, parameters: Readonly<Record<string, Scalar>>): Scalar => {
  const whole = /^\$\{([^}]*)\}$/.exec(text);
  if (whole !== null) return parameterOf(whole[1] ?? "", parameters);
  return text.replaceAll(/\$\{([^}]*)\}/g, (_all, name: string) => String(parameterOf(name, parameters)));
};

const parameterOf = (name: string, parameters: Readonly<Record<string, Scalar>>): Scalar => {
  const value = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
  if (value !== undefined) return value;
  throw new ChoreoError("E_INTERNAL", `The placeholder \${${name}} of an addon has no value`, {
    why: `known are ${Object.keys(parameters).join(", ") || "none"}`,
  });
};
