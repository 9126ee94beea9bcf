/** What `JSON.parse` does not say of a text that it accepts. */
export interface JsonFindings {
  /** Paths of members that come twice in one object: `spec.a[0].b`. */
  readonly duplicates: readonly string[];
  readonly depth: number;
  /** The first integer that a JavaScript number cannot hold exactly. */
  readonly inexact: string | undefined;
  /** Whether some member is called `__proto__`. */
  readonly hasProto: boolean;
}

const QUOTE = 34;
const BACKSLASH = 92;
const COMMA = 44;
const COLON = 58;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const MINUS = 45;

interface Level {
  /** Members so far; undefined in a list. */
  readonly keys: Set<string> | undefined;
  key: string;
  index: number;
}

/** Walks over a text that is known to be JSON, once, without recursion. */
export const scanJson = (text: string): JsonFindings => {
  const levels: Level[] = [];
  const duplicates: string[] = [];
  let depth = 0;
  let inexact: string | undefined;
  let hasProto = false;
  let expectKey = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const level = levels[levels.length - 1];
    if (code === QUOTE) {
      const end = endOfString(text, at);
      if (expectKey && level?.keys !== undefined) {
        const raw = text.slice(at + 1, end);
        const key = raw.includes("\\") ? (JSON.parse(`"${raw}"`) as string) : raw;
        level.key = key;
        if (level.keys.has(key)) duplicates.push(pathOf(levels));
        level.keys.add(key);
        if (key === "__proto__") hasProto = true;
        expectKey = false;
      }
      at = end;
    } else if (code === OPEN_BRACE) {
      levels.push({ keys: new Set(), key: "", index: 0 });
      expectKey = true;
      depth = Math.max(depth, levels.length);
    } else if (code === OPEN_BRACKET) {
      levels.push({ keys: undefined, key: "", index: 0 });
      expectKey = false;
      depth = Math.max(depth, levels.length);
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      levels.pop();
      expectKey = false;
    } else if (code === COMMA) {
      if (level?.keys === undefined) {
        if (level !== undefined) level.index++;
      } else expectKey = true;
    } else if (code === COLON) expectKey = false;
    else if (code === MINUS || (code >= 48 && code <= 57)) {
      const end = endOfNumber(text, at);
      if (end - at >= 16 && inexact === undefined) inexact = inexactInteger(text.slice(at, end));
      at = end - 1;
    }
  }
  return { duplicates, depth, inexact, hasProto };
};

const endOfString = (text: string, start: number): number => {
  let at = start + 1;
  while (at < text.length && text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at;
};

const endOfNumber = (text: string, start: number): number => {
  let at = start + 1;
  while (at < text.length && /[\d.eE+-]/.test(text[at] as string)) at++;
  return at;
};

const inexactInteger = (digits: string): string | undefined =>
  /^-?\d+$/.test(digits) && !Number.isSafeInteger(Number(digits)) ? digits : undefined;

const pathOf = (levels: readonly Level[]): string => {
  let path = "";
  for (const { keys, key, index } of levels) {
    if (keys === undefined) path += `[${index}]`;
    else path += path === "" ? key : `.${key}`;
  }
  return path;
};
