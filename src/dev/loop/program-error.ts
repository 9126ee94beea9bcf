import path from "node:path";

/**
 * The gist of what a program printed before it ended: its last error, with the file and line that it names when they are in
 * the component's folder. Undefined for a program that said nothing.
 */
export const programError = (log: string, folder: string): string | undefined => {
  const lines = log
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line.trim() !== "" && !/^Node\.js v\d/.test(line));
  const at = lines.findLastIndex((line) => /^(?:Uncaught )?\w*(?:Error|Exception|panic)\b.*/.test(line));
  const what = lines[at] ?? lines.at(-1);
  if (what === undefined) return undefined;
  const where = placeIn(lines, folder);
  return where === undefined ? what.trim() : `${what.trim()} (${where})`;
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
