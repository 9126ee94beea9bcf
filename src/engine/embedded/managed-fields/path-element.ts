import { goJson, goQuote } from "../schema/go-text.ts";

/** The element of a member of an object. */
export const fieldElement = (name: string): string => `f:${name}`;

/** The element of an item of a list, by the values of its keys. */
export const keyElement = (keys: Readonly<Record<string, unknown>>): string => `k:${goJson(keys)}`;

/** The element of an item of a list of scalars. */
export const valueElement = (value: unknown): string => `v:${scalarText(value)}`;

/** Text that JSON has as it is, in quotes. */
const PLAIN = /^[\w !#$%'()*+,./:;=?@[\]^`{|}~-]*$/;

/** A value in an element, as Go's JSON encoder writes it. */
export const scalarText = (value: unknown): string =>
  typeof value === "string" && PLAIN.test(value) ? `"${value}"` : goJson(value);

/** The name of the field that an element stands for; undefined for items of lists. */
export const fieldOf = (element: string): string | undefined =>
  element.startsWith("f:") ? element.slice(2) : undefined;

/** A path as conflicts and errors name it: `.spec.containers[name="c"].image`. */
export const pathText = (path: readonly string[]): string => path.map(elementText).join("");

export const elementText = (element: string): string => {
  const rest = element.slice(2);
  switch (element.charAt(0)) {
    case "f":
      return `.${rest}`;
    case "k":
      return `[${Object.entries(JSON.parse(rest) as object)
        .map(([name, value]) => `${name}=${valueText(value)}`)
        .join(",")}]`;
    case "v":
      return `[=${valueText(JSON.parse(rest))}]`;
    default:
      return `[${rest}]`;
  }
};

export const MALFORMED = "";

/**
 * The element as this server writes it, so that equal elements are equal texts; undefined for a kind of element that it does
 * not know, {@link MALFORMED} for what is no element at all.
 */
export const canonicalElement = (element: string): string | undefined => {
  if (element.charAt(1) !== ":") return MALFORMED;
  const rest = element.slice(2);
  switch (element.charAt(0)) {
    case "f":
      return element;
    case "i":
      return /^-?\d+$/.test(rest) ? element : MALFORMED;
    case "k":
    case "v":
      return canonicalValue(element.charAt(0), rest);
    default:
      return undefined;
  }
};

const canonicalValue = (kind: string, text: string): string => {
  try {
    const value = JSON.parse(text) as unknown;
    if (kind === "v") return valueElement(value);
    const isKeys = typeof value === "object" && value !== null && !Array.isArray(value);
    return isKeys ? keyElement(value as Record<string, unknown>) : MALFORMED;
  } catch {
    return MALFORMED;
  }
};

const valueText = (value: unknown): string => (typeof value === "string" ? goQuote(value) : goJson(value));
