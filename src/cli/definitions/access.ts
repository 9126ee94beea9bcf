import { type Command, defineCommand } from "../command.ts";
import { type TargetOptions, targetOptionsWithFile } from "./shared.ts";

export interface KubeconfigArgs extends TargetOptions {
  readonly plane: string | undefined;
  readonly path: boolean;
  readonly current: boolean;
}

export interface KubeconfigWhat {
  readonly action: "print" | "merge" | "unmerge" | undefined;
}

export interface EnvArgs extends TargetOptions {
  readonly output: "posix" | "fish" | "json";
}

export interface ConfigArgs extends TargetOptions {
  readonly output: "yaml" | "json";
}

export interface ConfigWhat {
  readonly action: "print" | "schema" | "check";
}

const kubeconfig = defineCommand<KubeconfigArgs, KubeconfigWhat>({
  name: "kubeconfig",
  group: "Access",
  describe: "Print, merge or unmerge the credentials of the planes",
  examples: [
    ["choreo-dev kubeconfig --path --plane build", "for kubectl --kubeconfig"],
    ["choreo-dev kubeconfig merge", "into your own kubeconfig"],
    ["choreo-dev kubeconfig unmerge", "takes them out again, as down does"],
  ],
  positionals: {
    action: {
      describe: "print (default), merge or unmerge",
      required: false,
      variadic: false,
      choices: ["print", "merge", "unmerge"],
    },
  },
  options: {
    plane: { type: "string", placeholder: "PLANE", describe: "Only this plane (print: control)" },
    path: { type: "boolean", describe: "Print the path of the file instead" },
    current: { type: "boolean", describe: "merge: make it the current context" },
    ...targetOptionsWithFile,
  },
  load: () => import("../commands/kubeconfig.ts"),
});

const env = defineCommand<EnvArgs>({
  name: "env",
  group: "Access",
  describe: "Print shell exports for kubectl and Node.js",
  examples: [
    ['eval "$(choreo-dev env)"', "kubectl now speaks to the planes"],
    ["choreo-dev env -o fish | source", "the same for fish"],
  ],
  positionals: {},
  options: {
    output: {
      type: "string",
      alias: "o",
      choices: ["posix", "fish", "json"],
      default: "posix",
      describe: "Form of the exports",
    },
    ...targetOptionsWithFile,
  },
  load: () => import("../commands/env.ts"),
});

const config = defineCommand<ConfigArgs, ConfigWhat>({
  name: "config",
  group: "Access",
  describe: "Print, check or describe choreo-dev.yaml",
  examples: [
    ["choreo-dev config print", "every value and where it came from"],
    ["choreo-dev config check", "all problems, with their positions"],
    ["choreo-dev config schema > schema.json", "JSON schema for editors"],
  ],
  positionals: {
    action: {
      describe: "print, check or schema",
      required: true,
      variadic: false,
      choices: ["print", "schema", "check"],
    },
  },
  options: {
    output: {
      type: "string",
      alias: "o",
      choices: ["yaml", "json"],
      default: "yaml",
      describe: "Form of print",
    },
    ...targetOptionsWithFile,
  },
  load: () => import("../commands/config.ts"),
});

export const accessCommands: readonly Command[] = [kubeconfig, env, config];
