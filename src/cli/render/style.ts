import { type Output, isSet } from "../io.ts";

type Paint = (text: string) => string;

/** Colours for one stream; every function returns the text unchanged where colours are off. */
export interface Style {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly red: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
  readonly cyan: Paint;
}

/** Colours on a terminal, unless NO_COLOR says no; FORCE_COLOR overrides both. */
export const styleFor = (output: Output, env: NodeJS.ProcessEnv): Style => {
  const on = wantsColour(output, env);
  const paint =
    (open: number, close: number): Paint =>
    (text) =>
      on ? `\u001B[${open}m${text}\u001B[${close}m` : text;
  return {
    bold: paint(1, 22),
    dim: paint(2, 22),
    red: paint(31, 39),
    green: paint(32, 39),
    yellow: paint(33, 39),
    cyan: paint(36, 39),
  };
};

const wantsColour = (output: Output, env: NodeJS.ProcessEnv): boolean => {
  if (env["FORCE_COLOR"] !== undefined) return isSet(env["FORCE_COLOR"]);
  if (env["NO_COLOR"] !== undefined && env["NO_COLOR"] !== "") return false;
  return output.isTTY === true && env["TERM"] !== "dumb";
};

/** Columns that a plain text takes on a terminal. */
export const textWidth = (text: string): number => Array.from(text).length;

/** Cuts a plain text to a number of columns, with `…` where something was cut. */
export const cut = (text: string, columns: number): string => {
  const characters = Array.from(text);
  if (characters.length <= columns) return text;
  return columns <= 0 ? "" : `${characters.slice(0, columns - 1).join("")}…`;
};
