/** A token of an expression; `at` is its offset. */
export type Token =
  | { readonly kind: "number"; readonly value: number; readonly at: number }
  | { readonly kind: "string"; readonly value: string; readonly at: number }
  | { readonly kind: "name"; readonly value: string; readonly at: number }
  | { readonly kind: "operator"; readonly value: string; readonly at: number };

/** What is wrong with an expression, in words for its author. */
export class ExpressionError extends Error {
  override readonly name = "ExpressionError";
}

const NUMBER = /0x[\da-f]+|(?:\d[\d_]*)?\.?\d[\d_]*(?:e[+-]?\d+)?/iy;
const NAME = /[\p{L}_$#][\p{L}\p{N}_$]*/uy;
const OPERATOR = /\*\*|\?\?|\?\.|\.\.|==|!=|=~|!~|<=|>=|&&|\|\||[-+*/%<>=!?:.,()[\]{}|&^;]/y;
const LONGEST = 100_000;

/** Throws an ExpressionError for characters that begin no token. */
export const tokenize = (text: string): Token[] => {
  if (text.length > LONGEST) throw new ExpressionError(`longer than ${LONGEST} characters`);
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const char = text.charAt(at);
    if (/\s/.test(char)) {
      at += 1;
      continue;
    }
    const token = readToken(text, at, char);
    tokens.push(token.token);
    at = token.end;
  }
  return tokens;
};

interface Read {
  readonly token: Token;
  readonly end: number;
}

const readToken = (text: string, at: number, char: string): Read => {
  if (char === '"' || char === "'" || char === "`") return readString(text, at, char);
  const number = /[\d.]/.test(char) ? match(NUMBER, text, at) : undefined;
  if (number !== undefined && number !== ".") {
    // `1..3` is a range, not the number 1. and a field.
    const digits = text.startsWith("..", at + number.indexOf(".")) ? number.slice(0, number.indexOf(".")) : number;
    return { token: { kind: "number", value: Number(digits.replaceAll("_", "")), at }, end: at + digits.length };
  }
  const name = match(NAME, text, at);
  if (name !== undefined) return { token: { kind: "name", value: name, at }, end: at + name.length };
  const operator = match(OPERATOR, text, at);
  if (operator !== undefined) return { token: { kind: "operator", value: operator, at }, end: at + operator.length };
  throw new ExpressionError(`unexpected character ${JSON.stringify(char)} at ${at}`);
};

const match = (pattern: RegExp, text: string, at: number): string | undefined => {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
};

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["t", "\t"],
  ["r", "\r"],
  ["0", "\0"],
]);

const readString = (text: string, start: number, quote: string): Read => {
  let value = "";
  for (let at = start + 1; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === quote) return { token: { kind: "string", value, at: start }, end: at + 1 };
    if (char !== "\\" || quote === "`") {
      value += char;
      continue;
    }
    at += 1;
    const escaped = text.charAt(at);
    const code = /^u[\da-f]{4}/i.exec(text.slice(at, at + 5))?.[0];
    value +=
      code === undefined ? (ESCAPES.get(escaped) ?? escaped) : String.fromCharCode(Number.parseInt(code.slice(1), 16));
    at += code === undefined ? 0 : 4;
  }
  throw new ExpressionError(`string at ${start} has no end`);
};
