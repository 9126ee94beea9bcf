import { KINDS } from "../crds/definitions.ts";
import type { Command, OptionSpec } from "./command.ts";

/** What can follow in a command's line. */
interface Words {
  readonly name: string;
  readonly describe: string;
  readonly options: readonly OptionWords[];
  /** For the first positional. */
  readonly values: readonly string[];
}

interface OptionWords {
  readonly flags: readonly string[];
  readonly describe: string;
  readonly takesValue: boolean;
  readonly takesPath: boolean;
  readonly choices: readonly string[];
}

/** A script that completes commands, options, their choices and kinds; without asking the program while one types. */
export const completionScript = (shell: "bash" | "zsh" | "fish", commands: readonly Command[]): string => {
  const words = commands.map(wordsOf);
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](words);
};

const wordsOf = ({ name, describe, options, positionals }: Command): Words => {
  const [first] = Object.entries(positionals);
  const kinds = first?.[0] === "kind" ? KINDS.map(({ plural }) => plural) : [];
  return {
    name,
    describe,
    options: [...Object.entries(options).map(([option, spec]) => optionWords(option, spec)), HELP],
    values: first?.[1].choices ?? kinds,
  };
};

const HELP: OptionWords = {
  flags: ["--help"],
  describe: "Show help",
  takesValue: false,
  takesPath: false,
  choices: [],
};

const optionWords = (name: string, spec: OptionSpec): OptionWords => ({
  flags: [`--${name}`, ...(spec.alias === undefined ? [] : [`-${spec.alias}`])],
  describe: spec.describe,
  takesValue: spec.type !== "boolean",
  takesPath: spec.type !== "boolean" && "placeholder" in spec && /FILE|DIR/.test(spec.placeholder ?? ""),
  choices: spec.type === "string" ? (spec.choices ?? []) : [],
});

const bashScript = (commands: readonly Words[]): string => {
  const cases = commands.map(({ name, options, values }) => {
    const chosen = options.filter(({ choices }) => choices.length > 0);
    const paths = options.filter(({ takesPath }) => takesPath);
    return [
      `    ${name})`,
      '      case "$previous" in',
      ...chosen.map(({ flags, choices }) => `        ${flags.join("|")}) words="${choices.join(" ")}" ;;`),
      ...(paths.length === 0
        ? []
        : [
            `        ${paths.flatMap(({ flags }) => flags).join("|")}) COMPREPLY=($(compgen -f -- "$current")); return ;;`,
          ]),
      `        *) words="${[...options.flatMap(({ flags }) => flags), ...values].join(" ")}" ;;`,
      "      esac ;;",
    ].join("\n");
  });
  return `# bash completion of choreo-dev
_choreo_dev() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" words
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="${commands.map(({ name }) => name).join(" ")}"
  else
    case "\${COMP_WORDS[1]}" in
${cases.join("\n")}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _choreo_dev choreo-dev
`;
};

const zshScript = (commands: readonly Words[]): string => {
  const list = commands.map(
    ({ name, describe }) => `    ${quote(`${name}:${describe.replaceAll(":", String.raw`\:`)}`)}`,
  );
  const cases = commands.map(({ name, options, values }) => {
    const specs = options.flatMap((option) => option.flags.map((flag) => `      ${quote(zshOption(flag, option))}`));
    const first = values.length === 0 ? [] : [`      ${quote(`1:value:(${values.join(" ")})`)}`];
    return `    ${name}) _arguments -S \\\n${[...specs, ...first].join(" \\\n")} ;;`;
  });
  return `#compdef choreo-dev
# zsh completion of choreo-dev
_choreo_dev() {
  local -a commands=(
${list.join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  shift words
  (( CURRENT-- ))
  case $words[1] in
${cases.join("\n")}
  esac
}
compdef _choreo_dev choreo-dev
`;
};

const zshOption = (flag: string, { describe, takesValue, takesPath, choices }: OptionWords): string => {
  const text = describe.replaceAll(/([\][:\\])/g, String.raw`\$1`);
  if (!takesValue) return `${flag}[${text}]`;
  if (takesPath) return `${flag}[${text}]:file:_files`;
  return `${flag}[${text}]:value:${choices.length === 0 ? "" : `(${choices.join(" ")})`}`;
};

const fishScript = (commands: readonly Words[]): string => {
  const lines = commands.flatMap(({ name, describe, options, values }) => {
    const only = `-n ${quote(`__fish_seen_subcommand_from ${name}`)}`;
    return [
      `complete -c choreo-dev -n __fish_use_subcommand -a ${name} -d ${quote(describe)}`,
      ...(values.length === 0 ? [] : [`complete -c choreo-dev ${only} -a ${quote(values.join(" "))}`]),
      ...options.map((option) => `complete -c choreo-dev ${only} ${fishOption(option)} -d ${quote(option.describe)}`),
    ];
  });
  return ["# fish completion of choreo-dev", "complete -c choreo-dev -f", ...lines, ""].join("\n");
};

const fishOption = ({ flags, takesValue, takesPath, choices }: OptionWords): string => {
  const names = flags.map((flag) => (flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  const value = takesPath ? "-r -F" : takesValue ? "-x" : "";
  return [...names, value, choices.length === 0 ? "" : `-a ${quote(choices.join(" "))}`].filter(Boolean).join(" ");
};

/** One word, for zsh and for fish. */
const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
