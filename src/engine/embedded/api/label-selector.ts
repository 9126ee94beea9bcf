import { StatusError, badRequest } from "./status.ts";

/** Whether an object with these labels is meant. */
export type LabelMatch = (labels: Readonly<Record<string, string>>) => boolean;

type Operator = "in" | "notin" | "exists" | "!" | "=" | "==" | "!=" | "gt" | "lt";

interface Token {
  readonly kind: "word" | "sign" | "end";
  readonly text: string;
}

const SIGNS = ["==", "!=", "=", "!", "(", ")", ",", ">", "<"];

/**
 * Reads a label selector: `a`, `!a`, `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b)`, `a>1`, `a<1`, joined by commas. What it
 * refuses, it refuses with Kubernetes' own words.
 */
export const parseLabelSelector = (text: string): LabelMatch => {
  const reader = new Reader(tokensOf(text));
  const matches: LabelMatch[] = [];
  if (reader.peek().kind === "end") return () => true;
  for (;;) {
    matches.push(requirement(reader));
    const next = reader.take();
    if (next.kind === "end") return (labels) => matches.every((match) => match(labels));
    if (next.text !== ",") throw unexpected(next, "',' or 'end of string'");
    const after = reader.peek();
    if (after.kind !== "word" && after.text !== "!") throw unexpected(after, "identifier after ','");
  }
};

class Reader {
  #at = 0;
  readonly #tokens: readonly Token[];

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  peek(): Token {
    return this.#tokens[this.#at] ?? { kind: "end", text: "" };
  }

  take(): Token {
    const token = this.peek();
    this.#at++;
    return token;
  }
}

const tokensOf = (text: string): Token[] => {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length;) {
    if (/\s/.test(text[at] as string)) {
      at++;
      continue;
    }
    const sign = SIGNS.find((one) => text.startsWith(one, at));
    if (sign !== undefined) {
      tokens.push({ kind: "sign", text: sign });
      at += sign.length;
      continue;
    }
    const word = /^[^\s=!(),<>]+/.exec(text.slice(at))?.[0] ?? "";
    tokens.push({ kind: "word", text: word });
    at += word.length;
  }
  return tokens;
};

const requirement = (reader: Reader): LabelMatch => {
  const first = reader.take();
  if (first.text === "!" && first.kind === "sign") {
    const key = keyOf(reader.take());
    return (labels) => labels[key] === undefined;
  }
  if (first.kind !== "word") throw unexpected(first, "!, identifier, or 'end of string'");
  const key = keyOf(first);
  const operator = operatorOf(reader);
  const values = operator === "exists" ? [] : valuesOf(reader, operator);
  for (const value of values) checkValue(key, value);
  return matchOf(key, operator, values);
};

const keyOf = (token: Token): string => {
  if (token.kind !== "word") throw unexpected(token, "identifier");
  const slash = token.text.indexOf("/");
  const name = token.text.slice(slash + 1);
  const isName = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/.test(name);
  if (!isName) {
    throw badRequest(
      `unable to parse requirement: <nil>: Invalid value: "${token.text}": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
    );
  }
  return token.text;
};

const operatorOf = (reader: Reader): Operator => {
  const next = reader.peek();
  if (next.kind === "end" || next.text === ",") return "exists";
  reader.take();
  const names: Readonly<Record<string, Operator>> = { ">": "gt", "<": "lt", "=": "=", "==": "==", "!=": "!=" };
  const operator = next.kind === "sign" ? names[next.text] : undefined;
  if (operator !== undefined) return operator;
  if (next.text === "in" || next.text === "notin") return next.text;
  throw badRequest(`unable to parse requirement: found '${next.text}', expected: in, notin, =, ==, !=, gt, lt`);
};

const valuesOf = (reader: Reader, operator: Operator): string[] => {
  if (operator === "in" || operator === "notin") return listOf(reader);
  const next = reader.peek();
  if (next.kind === "word") return [reader.take().text];
  // Nothing behind the sign is the empty value.
  if (next.kind === "end" || next.text === ",") return [""];
  throw badRequest(`unable to parse requirement: found '${next.text}', expected: identifier`);
};

const listOf = (reader: Reader): string[] => {
  const open = reader.take();
  if (open.text !== "(") throw badRequest(`unable to parse requirement: found '${open.text}' expected: '('`);
  const values: string[] = [];
  for (let value = ""; ;) {
    const next = reader.take();
    if (next.kind === "word") value = next.text;
    else if (next.text === ",") {
      values.push(value);
      value = "";
    } else if (next.text === ")") return [...values, value];
    else throw badRequest(`unable to parse requirement: found '${next.text}', expected: ',', ')' or identifier`);
  }
};

const checkValue = (key: string, value: string): void => {
  if (value.length <= 63 && /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/.test(value)) return;
  throw badRequest(
    `unable to parse requirement: values[0][${key}]: Invalid value: "${value}": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`,
  );
};

const matchOf = (key: string, operator: Operator, values: readonly string[]): LabelMatch => {
  const [value = ""] = values;
  switch (operator) {
    case "exists":
      return (labels) => labels[key] !== undefined;
    case "gt":
    case "lt":
      return compare(key, operator, value);
    case "!=":
    case "notin":
      return (labels) => labels[key] === undefined || !values.includes(labels[key]);
    default:
      return (labels) => labels[key] !== undefined && values.includes(labels[key]);
  }
};

const compare = (key: string, operator: "gt" | "lt", value: string): LabelMatch => {
  if (!/^[+-]?\d+$/.test(value)) {
    throw badRequest(
      `unable to parse requirement: values[0]: Invalid value: "${value}": for 'Gt', 'Lt' operators, the value must be an integer`,
    );
  }
  const bound = BigInt(value);
  return (labels) => {
    const found = labels[key];
    if (found === undefined || !/^[+-]?\d+$/.test(found)) return false;
    return operator === "gt" ? BigInt(found) > bound : BigInt(found) < bound;
  };
};

const unexpected = ({ text }: Token, expected: string): StatusError =>
  badRequest(`found '${text}', expected: ${expected}`);
