import { ExpressionError } from "./tokens.ts";
import { ownField } from "./values.ts";

const SEGMENT = /\.([\w-]+)|\[(\*|-?\d+)\]|\['([^']*)'\]|\["([^"]*)"\]|\.(\*)/y;

/** Value at a path like `$.a.b[0]['c']`; `*` gives a list. Filters and `..` are refused. */
export const jsonPath = (value: unknown, path: string): unknown => {
  const segments = segmentsOf(path);
  const found = segments.reduce<readonly unknown[]>(
    (values, segment) => values.flatMap((each) => step(each, segment)),
    [value],
  );
  return segments.includes("*") ? found : found[0];
};

const segmentsOf = (path: string): string[] => {
  const segments: string[] = [];
  SEGMENT.lastIndex = path.startsWith("$") ? 1 : 0;
  while (SEGMENT.lastIndex < path.length) {
    const at = SEGMENT.lastIndex;
    const match = SEGMENT.exec(path);
    if (match === null) throw new ExpressionError(`cannot read the JSON path ${path} at ${at}`);
    segments.push(match.slice(1).find((part) => part !== undefined) ?? "");
  }
  return segments;
};

const step = (value: unknown, segment: string): readonly unknown[] => {
  if (segment === "*") return typeof value === "object" && value !== null ? (Object.values(value) as unknown[]) : [];
  const next = Array.isArray(value) ? (value.at(Number(segment)) as unknown) : ownField(value, segment);
  return next === undefined ? [] : [next];
};
