import type { OptionFor } from "../command.ts";

/** Which platform a command works on. */
export interface TargetOptions {
  readonly platform: string | undefined;
  readonly config: string | undefined;
}

type OptionsOf<Options> = { readonly [Name in keyof Options]-?: OptionFor<Options[Name]> };

const platform = {
  type: "string",
  placeholder: "NAME",
  describe: "Platform to work on, from any folder",
} as const;

export const targetOptions: OptionsOf<TargetOptions> = {
  platform,
  config: { type: "string", placeholder: "FILE", describe: "Configuration (default: nearest choreo-dev.yaml)" },
};

/** As `targetOptions`, with `-f` for the configuration: for commands that take no other file. */
export const targetOptionsWithFile: OptionsOf<TargetOptions> = {
  platform,
  config: { ...targetOptions.config, alias: "f" },
};

/** Form of a result on stdout. */
export type ResultFormat = "table" | "json" | "yaml";

export interface ResultOptions {
  readonly output: ResultFormat;
}

export const resultOptions: OptionsOf<ResultOptions> = {
  output: {
    type: "string",
    alias: "o",
    choices: ["table", "json", "yaml"],
    default: "table",
    describe: "Form of the result",
  },
};

/** Form of the progress of a command that works for a while. */
export type ProgressFormat = "text" | "ndjson";

export interface ProgressOptions {
  readonly output: ProgressFormat;
}

export const progressOptions: OptionsOf<ProgressOptions> = {
  output: {
    type: "string",
    alias: "o",
    choices: ["text", "ndjson"],
    default: "text",
    describe: "ndjson: events as lines on stdout",
  },
};

/** Where a resource is in the hierarchy. */
export interface ScopeOptions {
  readonly organization: string | undefined;
  readonly project: string | undefined;
}

export const scopeOptions: OptionsOf<ScopeOptions> = {
  organization: { type: "string", alias: "n", placeholder: "ORG", describe: "Only this organization" },
  project: { type: "string", placeholder: "PROJECT", describe: "Only this project" },
};
