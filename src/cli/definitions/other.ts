import { type Command, defineCommand } from "../command.ts";

export interface VersionArgs {
  readonly output: "text" | "json";
}

export interface CompletionWhat {
  readonly shell: "bash" | "zsh" | "fish";
}

const version = defineCommand<VersionArgs>({
  name: "version",
  group: "Other",
  describe: "Print the versions of the program and its addons",
  examples: [["choreo-dev version -o json", "for a bug report"]],
  positionals: {},
  options: {
    output: { type: "string", alias: "o", choices: ["text", "json"], default: "text", describe: "Form of the result" },
  },
  load: () => import("../commands/version.ts"),
});

const completion = defineCommand<object, CompletionWhat>({
  name: "completion",
  group: "Other",
  describe: "Print a completion script for your shell",
  examples: [
    ["source <(choreo-dev completion bash)", "bash, in ~/.bashrc"],
    ["source <(choreo-dev completion zsh)", "zsh, in ~/.zshrc behind compinit"],
    ["choreo-dev completion fish | source", "fish, in config.fish"],
  ],
  positionals: {
    shell: { describe: "bash, zsh or fish", required: true, variadic: false, choices: ["bash", "zsh", "fish"] },
  },
  options: {},
  load: () => import("../commands/completion.ts"),
});

export const otherCommands: readonly Command[] = [version, completion];
