import type { ComponentType } from "../../dev/init/component-files.ts";
import { type Command, defineCommand } from "../command.ts";
import { type ScopeOptions, type TargetOptions, scopeOptions, targetOptions } from "./shared.ts";

export interface InitArgs {
  readonly name: string | undefined;
  readonly type: ComponentType | undefined;
  readonly port: number | undefined;
  readonly project: string | undefined;
}

export interface InitWhat {
  readonly folder: string | undefined;
}

export interface BuildArgs extends TargetOptions, ScopeOptions {
  readonly track: string | undefined;
  readonly follow: boolean;
  readonly "no-wait": boolean;
  readonly timeout: string;
}

export interface DeployArgs extends TargetOptions, ScopeOptions {
  readonly environment: string | undefined;
  readonly artifact: string | undefined;
  readonly build: string | undefined;
  readonly track: string | undefined;
  readonly "no-wait": boolean;
  readonly timeout: string;
}

export interface PromoteArgs extends TargetOptions, ScopeOptions {
  readonly track: string | undefined;
  readonly to: string | undefined;
  readonly approve: boolean;
  readonly "no-wait": boolean;
  readonly timeout: string;
}

export interface BuildWhat {
  readonly component: string | undefined;
}

export interface RunArgs extends TargetOptions, ScopeOptions {
  readonly environment: string | undefined;
  readonly "no-wait": boolean;
  readonly timeout: string;
}

export interface RunWhat {
  readonly task: string;
}

export interface PromoteWhat {
  readonly component: string;
}

const environmentOption = { type: "string", alias: "e", placeholder: "ENV" } as const;

const track = {
  type: "string",
  placeholder: "TRACK",
  describe: "Deployment track (default: the only one)",
} as const;

const init = defineCommand<InitArgs, InitWhat>({
  name: "init",
  group: "Components",
  describe: "Write the resources of a component from its folder",
  examples: [
    ["choreo-dev init", "for the program in this folder"],
    ["choreo-dev init ./report --type ScheduledTask", "for one that ends"],
  ],
  positionals: { folder: { describe: "Folder of the program (default: this one)", required: false, variadic: false } },
  options: {
    name: { type: "string", placeholder: "NAME", describe: "Name of the component (default: the folder's)" },
    type: {
      type: "string",
      choices: ["Service", "WebApplication", "ScheduledTask", "ManualTask"],
      placeholder: "TYPE",
      describe: "Service, WebApplication, ScheduledTask or ManualTask",
    },
    port: { type: "number", placeholder: "PORT", describe: "Port it listens on (default: as its sources say)" },
    project: { type: "string", placeholder: "PROJECT", describe: "Project (default: default-project)" },
  },
  load: () => import("../commands/init.ts"),
});

const build = defineCommand<BuildArgs, BuildWhat>({
  name: "build",
  group: "Components",
  describe: "Build sources in the build plane, and deploy them",
  examples: [
    ["choreo-dev build", "every component that has a source"],
    ["choreo-dev build catalog --follow", "one, with the logs of its steps"],
    ["choreo-dev build catalog --no-wait", "get builds shows how far it is"],
  ],
  positionals: {
    component: { describe: "Name of a component (default: all with a source)", required: false, variadic: false },
  },
  options: {
    ...targetOptions,
    ...scopeOptions,
    track,
    follow: { type: "boolean", alias: "f", describe: "Print the logs of the steps as they run" },
    "no-wait": { type: "boolean", describe: "Do not wait until it is built and deployed" },
    timeout: { type: "string", placeholder: "TIME", default: "15m", describe: "Longest time to wait" },
  },
  load: () => import("../commands/build.ts"),
});

const deploy = defineCommand<DeployArgs, PromoteWhat>({
  name: "deploy",
  group: "Components",
  describe: "Run an artifact in an environment",
  examples: [
    ["choreo-dev deploy catalog", "the newest of its artifacts"],
    ["choreo-dev deploy catalog -e staging --build b1", "that of build b1"],
  ],
  positionals: { component: { describe: "Name of the component", required: true, variadic: false } },
  options: {
    ...targetOptions,
    ...scopeOptions,
    environment: { ...environmentOption, describe: "Environment (default: the pipeline's first)" },
    artifact: { type: "string", placeholder: "NAME", describe: "Artifact (default: the newest of the track)" },
    build: { type: "string", placeholder: "NAME", describe: "Build that made the artifact" },
    track,
    "no-wait": { type: "boolean", describe: "Do not wait until it serves" },
    timeout: { type: "string", placeholder: "TIME", default: "5m", describe: "Longest time to wait" },
  },
  load: () => import("../commands/deploy.ts"),
});

const promote = defineCommand<PromoteArgs, PromoteWhat>({
  name: "promote",
  group: "Components",
  describe: "Take what runs to the pipeline's next environment",
  examples: [
    ["choreo-dev promote catalog", "to the next one"],
    ["choreo-dev promote catalog --to production --approve", "with an approval"],
  ],
  positionals: { component: { describe: "Name of the component", required: true, variadic: false } },
  options: {
    ...targetOptions,
    ...scopeOptions,
    to: { type: "string", placeholder: "ENV", describe: "Environment to promote to (default: the next)" },
    track,
    approve: { type: "boolean", describe: "Approve it where the pipeline asks for that" },
    "no-wait": { type: "boolean", describe: "Do not wait until it serves" },
    timeout: { type: "string", placeholder: "TIME", default: "5m", describe: "Longest time to wait" },
  },
  load: () => import("../commands/promote.ts"),
});

const runTask = defineCommand<RunArgs, RunWhat>({
  name: "run",
  group: "Components",
  describe: "Run a task once, now, and print its log",
  examples: [
    ["choreo-dev run report", "exits with its exit status"],
    ["choreo-dev run report -e production --no-wait", "returns at once"],
  ],
  positionals: { task: { describe: "Name of a ScheduledTask or ManualTask", required: true, variadic: false } },
  options: {
    ...targetOptions,
    ...scopeOptions,
    environment: { ...environmentOption, describe: "Environment (default: the pipeline's first)" },
    "no-wait": { type: "boolean", describe: "Do not wait for its end" },
    timeout: { type: "string", placeholder: "TIME", default: "10m", describe: "Longest time to wait" },
  },
  load: () => import("../commands/run.ts"),
});

export const buildCommands: readonly Command[] = [init, build, deploy, promote, runTask];
