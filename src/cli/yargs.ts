import type { Command, OptionSpec, ParsedArgs } from "./command.ts";
import { usageOf } from "./command.ts";
import { didYouMean } from "../lib/did-you-mean.ts";
import { ChoreoError } from "../lib/errors.ts";

/**
 * Parses what comes behind a command's name. yargs only takes the words apart; what they may be is checked here against
 * the command's own table, so that every mistake is one sentence with a suggestion. Failures are `E_USAGE`.
 */
export const parseArgs = async (command: Command, words: readonly string[]): Promise<ParsedArgs> => {
  const { default: yargs } = await import("yargs");
  const help = `choreo-dev ${command.name} --help`;
  const parser = yargs([])
    .help(false)
    .version(false)
    .exitProcess(false)
    .locale("en")
    .parserConfiguration({
      "camel-case-expansion": false,
      "dot-notation": false,
      "boolean-negation": false,
      "parse-positional-numbers": false,
      "duplicate-arguments-array": true,
    })
    .fail((message, error) => {
      throw new ChoreoError("E_USAGE", message ?? error.message, { fix: help });
    });
  for (const [name, option] of Object.entries(command.options)) parser.option(name, tokenOptions(option));
  const { _: rest, $0: _program, ...given } = parser.parseSync([...words]);
  checkNames(command, Object.keys(given));
  return { ...checkOptions(command, given), ...takePositionals(command, rest.map(String)) };
};

const tokenOptions = (option: OptionSpec): Record<string, unknown> => ({
  ...(option.alias === undefined ? {} : { alias: option.alias }),
  ...(option.type === "boolean" ? { boolean: true } : { string: true, nargs: 1 }),
});

const checkNames = (command: Command, given: readonly string[]): void => {
  const names = Object.keys(command.options);
  const known = new Set(Object.entries(command.options).flatMap(([name, { alias }]) => [name, alias ?? name]));
  const unknown = given.find((name) => !known.has(name));
  if (unknown === undefined) return;
  const dashes = unknown.length === 1 ? "-" : "--";
  const near = didYouMean(unknown, [...names, "help"]);
  throw new ChoreoError("E_USAGE", `${command.name} has no option ${dashes}${unknown}`, {
    ...(near === undefined ? {} : { why: `did you mean --${near}?` }),
    fix: `choreo-dev ${command.name} --help lists its options`,
  });
};

const checkOptions = (command: Command, given: Readonly<Record<string, unknown>>): ParsedArgs =>
  Object.fromEntries(
    Object.entries(command.options).map(([name, option]) => [name, checkOption(command, name, option, given[name])]),
  );

const checkOption = (command: Command, name: string, option: OptionSpec, value: unknown): unknown => {
  const values = value === undefined ? [] : [value].flat();
  if (option.type === "list") return values.map(String);
  if (values.length > 1) throw usage(command, `--${name} was given ${values.length} times`);
  const [single] = values;
  if (option.type === "boolean") return single === true;
  if (single === undefined) return option.type === "string" ? option.default : undefined;
  const text = String(single);
  if (text === "") throw usage(command, `--${name} needs a value`);
  if (option.type === "number") {
    if (!/^\d+$/.test(text)) throw usage(command, `--${name} takes a number, not "${text}"`);
    return Number(text);
  }
  return checkChoice(command, `--${name}`, option.choices, text);
};

const takePositionals = (command: Command, words: readonly string[]): ParsedArgs => {
  const left = [...words];
  const taken: Record<string, unknown> = {};
  for (const [name, { required, variadic, choices }] of Object.entries(command.positionals)) {
    const values = variadic ? left.splice(0) : left.splice(0, 1);
    if (required && values.length === 0) throw usage(command, `${command.name} needs ${name.toUpperCase()}`);
    for (const value of values) checkChoice(command, name.toUpperCase(), choices, value);
    taken[name] = variadic ? values : values[0];
  }
  const [extra] = left;
  if (extra !== undefined) throw usage(command, `${command.name} does not know what to do with "${extra}"`);
  return taken;
};

const checkChoice = (command: Command, what: string, choices: readonly string[] | undefined, value: string): string => {
  if (choices === undefined || choices.includes(value)) return value;
  const near = didYouMean(value, choices);
  const suggestion = near === undefined ? "" : `. Did you mean "${near}"?`;
  throw usage(command, `${what}: "${value}" is not one of ${choices.join(", ")}${suggestion}`);
};

const usage = (command: Command, message: string): ChoreoError =>
  new ChoreoError("E_USAGE", message, {
    why: usageOf(command),
    fix: `choreo-dev ${command.name} --help shows examples`,
  });
