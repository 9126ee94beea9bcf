import type { Io } from "./io.ts";
import type { Seams } from "./seams.ts";

/** Headings of the help text, in their order. */
export const GROUPS = ["Platform", "Resources", "Components", "Access", "Other"] as const;
export type Group = (typeof GROUPS)[number];

interface Described {
  /** One short sentence without a full stop; shown in help and completion. */
  readonly describe: string;
  /** One letter. */
  readonly alias?: string;
}

interface Flag extends Described {
  readonly type: "boolean";
}

interface NumberOption extends Described {
  readonly type: "number";
  readonly placeholder: string;
}

interface StringOption extends Described {
  readonly type: "string";
  readonly placeholder?: string;
  readonly choices?: readonly string[];
  readonly default?: string;
}

/** May be given several times. */
interface ListOption extends Described {
  readonly type: "list";
  readonly placeholder: string;
}

export type OptionSpec = Flag | NumberOption | StringOption | ListOption;

/** The kind of option that gives a value of this type: an option whose value is never undefined needs a default. */
export type OptionFor<Value> = [Value] extends [boolean]
  ? Flag
  : [Value] extends [readonly string[]]
    ? ListOption
    : [Value] extends [number | undefined]
      ? NumberOption
      : StringOption &
          (undefined extends Value ? unknown : { readonly default: Value }) & { readonly choices?: readonly Value[] };

export interface PositionalSpec {
  readonly describe: string;
  readonly required: boolean;
  readonly variadic: boolean;
  readonly choices?: readonly string[];
}

/** A list takes the rest of the line; a value that may be undefined is optional. */
export type PositionalFor<Value> = {
  readonly describe: string;
  readonly required: undefined extends Value ? false : boolean;
  readonly variadic: [Value] extends [readonly string[]] ? true : false;
  readonly choices?: readonly string[];
};

export interface Context {
  readonly io: Io;
  /** Aborts on Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
  readonly seams: Seams;
  readonly commands: readonly Command[];
}

/** Does the work of a command. Returns an exit code where "it ran" is not yet "all is well"; nothing means 0. */
export type Handler<Args> = (args: Args, context: Context) => Promise<number | void>;

/** A line to type and what it is for. */
export type Example = readonly [line: string, purpose: string];

/**
 * A command as data. Help, the README's table, shell completion and the parser are all made from it, and the types
 * force each option and positional to be described.
 */
export interface CommandDefinition<Options extends object, Positionals extends object> {
  readonly name: string;
  readonly group: Group;
  /** One line, imperative, without a full stop. */
  readonly describe: string;
  readonly examples: readonly Example[];
  readonly positionals: { readonly [Name in keyof Positionals]-?: PositionalFor<Positionals[Name]> };
  readonly options: { readonly [Name in keyof Options]-?: OptionFor<Options[Name]> };
  /** Loads the module that does it, so that a command pays only for itself. */
  readonly load: () => Promise<{ readonly run: Handler<Options & Positionals> }>;
}

export type ParsedArgs = Readonly<Record<string, unknown>>;

/** A command whose arguments' types are forgotten, as the parser and the help see it. */
export interface Command {
  readonly name: string;
  readonly group: Group;
  readonly describe: string;
  readonly examples: readonly Example[];
  readonly positionals: Readonly<Record<string, PositionalSpec>>;
  readonly options: Readonly<Record<string, OptionSpec>>;
  readonly load: () => Promise<{ readonly run: Handler<ParsedArgs> }>;
}

/** Checks a definition against the types of its arguments and forgets them. */
export const defineCommand = <Options extends object, Positionals extends object = object>(
  definition: CommandDefinition<Options, Positionals>,
): Command => ({
  ...definition,
  load: async () => {
    const { run } = await definition.load();
    // The parser makes the arguments from this very definition.
    return { run: (args, context) => run(args as Options & Positionals, context) };
  },
});

/** `up [options]`, `delete [KIND] [NAME...]`. */
export const usageOf = (command: Command): string => {
  const positionals = Object.entries(command.positionals).map(([name, { required, variadic }]) => {
    const text = `${name.toUpperCase()}${variadic ? "..." : ""}`;
    return required ? text : `[${text}]`;
  });
  return [
    "choreo-dev",
    command.name,
    ...positionals,
    ...(Object.keys(command.options).length > 0 ? ["[options]"] : []),
  ].join(" ");
};
