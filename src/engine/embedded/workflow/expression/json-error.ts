const LITERALS: Readonly<Record<string, string>> = { t: "true", f: "false", n: "null" };

/** Why a text is no JSON, as programs in Go say it; exact for texts that go wrong in their first word. */
export const jsonError = (text: string): string => {
  const start = text.trimStart();
  if (start === "") return "unexpected end of JSON input";
  const literal = LITERALS[start.charAt(0)];
  if (literal !== undefined) return literalError(start, literal);
  if (!/^["{[\d-]/.test(start)) return `invalid character ${quoted(start.charAt(0))} looking for beginning of value`;
  const scalar = /^(?:"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?)\s*(\S)/.exec(start)?.[1];
  return scalar === undefined
    ? "unexpected end of JSON input"
    : `invalid character ${quoted(scalar)} after top-level value`;
};

const literalError = (text: string, literal: string): string => {
  const wrong = Array.from(literal).findIndex((char, at) => text.charAt(at) !== char);
  const at = wrong === -1 ? literal.length : wrong;
  const char = text.charAt(at);
  if (char === "") return "unexpected end of JSON input";
  if (wrong === -1) return `invalid character ${quoted(char)} after top-level value`;
  return `invalid character ${quoted(char)} in literal ${literal} (expecting ${quoted(literal.charAt(at))})`;
};

const quoted = (char: string): string => (char === "'" ? `'\\''` : char === '"' ? `'"'` : `'${char}'`);
