/** A string as Go's `%q` prints it. */
export const goQuote = (text: string): string => {
  let quoted = '"';
  for (const char of text) quoted += escaped(char);
  return `${quoted}"`;
};

/** A value as Go's JSON encoder writes it: sorted keys, `<`, `>` and `&` escaped. */
export const goJson = (value: unknown): string =>
  (JSON.stringify(sorted(value)) ?? "null").replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** A number as Go's `%v` prints a float64. */
export const goNumber = (value: number): string => {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e21))
    return value.toExponential().replace(/e([+-])(\d)$/, (_all, sign: string, digit: string) => `e${sign}0${digit}`);
  return String(value);
};

const SHORT: Readonly<Record<string, string>> = {
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  '"': '\\"',
  "\\": "\\\\",
};

const escaped = (char: string): string => {
  const short = Object.hasOwn(SHORT, char) ? SHORT[char] : undefined;
  if (short !== undefined) return short;
  const code = char.codePointAt(0) ?? 0;
  if (code === 32 || /[\p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(char)) return char;
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, "0")}`;
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
};

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, member]) => [key, sorted(member)]));
};
