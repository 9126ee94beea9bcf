import { type Document, LineCounter, type Node, type YAMLError, isMap, isScalar, parseDocument, visit } from "yaml";
import { messageOf } from "../lib/errors.ts";
import type { Path, Problem } from "./problems.ts";

/** A configuration's text, read: its value, what is wrong with it as YAML, and where everything stands. */
export interface ConfigDocument {
  /** Plain data; undefined when the text holds nothing but comments, or is not YAML. */
  readonly value: unknown;
  /** Errors of the YAML itself, each as `line:column  message`. */
  readonly syntaxErrors: readonly string[];
  /** `line:column` of a problem; of the nearest parent where its path is not written. */
  locate(problem: Problem): string;
  /** `line:column` of the value at a path; undefined when it is not written. */
  positionOf(path: Path): string | undefined;
}

/** Reads the text of a configuration file. Never throws: what is wrong is in `syntaxErrors`. */
export const readDocument = (text: string): ConfigDocument => {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${line}:${col}`;
  };
  const problems = syntaxProblems(document, text);
  const value = problems.length > 0 ? undefined : toValue(document, problems);
  return {
    value,
    syntaxErrors: problems.map(({ offset, message }) => `${at(offset)}  ${message}`),
    locate: ({ path, atKey }) => {
      const key = atKey === true ? keyOffset(document, path) : undefined;
      return at(key ?? nearestOffset(document, path));
    },
    positionOf: (path) => {
      const offset = valueOffset(document, path);
      return offset === undefined ? undefined : at(offset);
    },
  };
};

interface SyntaxProblem {
  readonly offset: number;
  readonly message: string;
}

const syntaxProblems = (document: Document, text: string): SyntaxProblem[] => {
  // What YAML only warns of, an unknown tag, is a mistake here too.
  const found = [...document.errors, ...document.warnings].map((error) => ({
    offset: error.pos[0],
    message: syntaxMessage(error, text),
  }));
  return found.length > 0 ? found : unknownAliases(document);
};

const syntaxMessage = ({ code, message, pos }: YAMLError, text: string): string => {
  if (code !== "DUPLICATE_KEY") return message;
  const [key = ""] = /^[^\s:]+/.exec(text.slice(pos[0])) ?? [];
  return `${key}: is there twice`;
};

const unknownAliases = (document: Document): SyntaxProblem[] => {
  const found: SyntaxProblem[] = [];
  visit(document, {
    Alias: (_, alias) => {
      const message = `*${alias.source}: there is no &${alias.source} before it`;
      if (alias.resolve(document) === undefined) found.push({ offset: alias.range?.[0] ?? 0, message });
    },
  });
  return found;
};

/** Aliases that multiply without end are found only here, where they are resolved. */
const toValue = (document: Document, problems: SyntaxProblem[]): unknown => {
  try {
    return document.toJS() ?? undefined;
  } catch (error) {
    problems.push({ offset: 0, message: messageOf(error) });
    return undefined;
  }
};

const nearestOffset = (document: Document, path: Path): number => {
  for (let length = path.length; length > 0; length--) {
    const offset = valueOffset(document, path.slice(0, length));
    if (offset !== undefined) return offset;
  }
  return document.contents?.range?.[0] ?? 0;
};

const valueOffset = (document: Document, path: Path): number | undefined =>
  (document.getIn(path, true) as Node | undefined)?.range?.[0];

const keyOffset = (document: Document, path: Path): number | undefined => {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (!isMap(parent)) return undefined;
  const key = parent.items.map((item) => item.key).find((one) => isScalar(one) && String(one.value) === path.at(-1));
  return (key as Node | undefined)?.range?.[0];
};
