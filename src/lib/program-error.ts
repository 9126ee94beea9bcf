import path from "node:path";

/**
 * The gist of what a program printed before it ended: its last error, with the file and line that it names when they are in
 * the component's folder. Undefined for a program that said nothing.
 */
export const programError = (log: string, folder: string): string | undefined => {
  const lines = linesOf(log);
  const what = tellingLine(lines);
  if (what === undefined) return undefined;
  const where = placeIn(lines, folder);
  return where === undefined ? what : `${what} (${where})`;
};

/** One line of a message whose further lines are what a program printed: the first line, and what tells most of the rest. */
export const gistOf = (message: string): string => {
  const [head = "", ...printed] = message.split("\n");
  return [head, tellingLine(linesOf(printed.join("\n")))].filter(Boolean).join(" ");
};

const linesOf = (log: string): string[] =>
  log
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line.trim() !== "" && !/^Node\.js v\d/.test(line));

const tellingLine = (lines: readonly string[]): string | undefined => {
  const at = lines.findLastIndex((line) => /^(?:Uncaught )?\w*(?:Error|Exception|panic)\b.*/.test(line));
  return (lines[at] ?? lines.at(-1))?.trim();
};

/** Python names the innermost frame last, Node.js the place of a syntax error first and the innermost frame first. */
const placeIn = (lines: readonly string[], folder: string): string | undefined => {
  const isPython = lines.some((line) => line.startsWith("Traceback "));
  const found = lines.flatMap((line) => {
    const python = /^\s*File "([^"]+)", line (\d+)/.exec(line);
    const node = /(?:^|[\s(]|file:\/\/)(\/[^\s():]+):(\d+)(?::(\d+))?/.exec(line);
    const match = python ?? node;
    if (match === null) return [];
    const [, file = "", line_ = "", column] = match;
    const inside = path.relative(folder, file);
    if (inside.startsWith("..") || inside.includes("node_modules")) return [];
    return [`${inside}:${line_}${column === undefined ? "" : `:${column}`}`];
  });
  return isPython ? found.at(-1) : found[0];
};
