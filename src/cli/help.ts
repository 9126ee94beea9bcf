import { type Command, GROUPS, type OptionSpec, usageOf } from "./command.ts";
import type { Style } from "./render/style.ts";

const COMMAND_COLUMN = 11;
const NAME_COLUMN = 12;

/** Overview of all commands: one screen of 80 by 24. */
export const renderHelp = (commands: readonly Command[], version: string, style: Style): string => {
  const lines = [`${style.bold(`choreo-dev ${version}`)}  a local OpenChoreo-style platform on your machine`, ""];
  const heading = (text: string): string => style.dim(text.padEnd(COMMAND_COLUMN));
  for (const group of GROUPS) {
    const members = commands.filter((command) => command.group === group);
    // Their names say it all, and the screen is short.
    if (group === "Other") lines.push(`${heading(group)}${members.map(({ name }) => style.cyan(name)).join(", ")}`);
    else
      for (const [index, { name, describe }] of members.entries())
        lines.push(`${heading(index === 0 ? group : "")}${style.cyan(name.padEnd(NAME_COLUMN))}${describe}`);
  }
  lines.push(
    "",
    `Start with ${style.cyan("choreo-dev up")}. Options and examples: ${style.cyan("choreo-dev COMMAND --help")}`,
  );
  return `${lines.join("\n")}\n`;
};

/** Usage, arguments, options and examples of one command. */
export const renderCommandHelp = (command: Command, style: Style): string => {
  const lines = [`${command.describe}.`, "", `${style.dim("usage")}  ${usageOf(command)}`];
  const positionals = Object.entries(command.positionals).map(
    ([name, { describe }]) => [name.toUpperCase(), describe] as const,
  );
  const options = Object.entries(command.options).map(
    ([name, option]) => [optionUsage(name, option), optionText(option)] as const,
  );
  if (positionals.length > 0) lines.push("", ...columns(positionals, style));
  if (options.length > 0) lines.push("", ...columns(options, style));
  lines.push("", ...columns(command.examples, style));
  return `${lines.join("\n")}\n`;
};

const columns = (rows: readonly (readonly [left: string, right: string])[], style: Style): string[] => {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${style.cyan(left.padEnd(width))}  ${right}`);
};

/** `-f, --config FILE` */
const optionUsage = (name: string, option: OptionSpec): string => {
  const short = option.alias === undefined ? "    " : `-${option.alias}, `;
  const value = option.type === "boolean" ? "" : ` ${valueOf(option)}`;
  return `${short}--${name}${value}`;
};

const valueOf = (option: Exclude<OptionSpec, { type: "boolean" }>): string =>
  option.placeholder ?? (option.type === "string" ? (option.choices ?? []).join("|") : "");

const optionText = (option: OptionSpec): string => {
  if (option.type === "list") return `${option.describe}; repeatable`;
  if (option.type === "string" && option.default !== undefined)
    return `${option.describe} (default: ${option.default})`;
  return option.describe;
};
