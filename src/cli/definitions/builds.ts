import { type Command, defineCommand } from "../command.ts";
import { type ScopeOptions, type TargetOptions, scopeOptions, targetOptions } from "./shared.ts";

export interface BuildArgs extends TargetOptions, ScopeOptions {
  readonly track: string | undefined;
  readonly "no-wait": boolean;
  readonly timeout: string;
}

export interface PromoteArgs extends TargetOptions, ScopeOptions {
  readonly to: string | undefined;
  readonly approve: boolean;
  readonly "no-wait": boolean;
  readonly timeout: string;
}

export interface BuildWhat {
  readonly component: string;
}

const build = defineCommand<BuildArgs, BuildWhat>({
  name: "build",
  group: "Resources",
  describe: "Build a component's source in the build plane",
  examples: [
    ["choreo-dev build catalog", "its folder as it is, or its repository"],
    ["choreo-dev build catalog --no-wait", "get builds shows how far it is"],
  ],
  positionals: { component: { describe: "Name of the component", required: true, variadic: false } },
  options: {
    ...targetOptions,
    ...scopeOptions,
    track: { type: "string", placeholder: "TRACK", describe: "Deployment track (default: the only one)" },
    "no-wait": { type: "boolean", describe: "Do not wait until it is built and deployed" },
    timeout: { type: "string", placeholder: "TIME", default: "15m", describe: "Longest time to wait" },
  },
  load: () => import("../commands/build.ts"),
});

const promote = defineCommand<PromoteArgs, BuildWhat>({
  name: "promote",
  group: "Resources",
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
    approve: { type: "boolean", describe: "Approve it where the pipeline asks for that" },
    "no-wait": { type: "boolean", describe: "Do not wait until it serves" },
    timeout: { type: "string", placeholder: "TIME", default: "5m", describe: "Longest time to wait" },
  },
  load: () => import("../commands/promote.ts"),
});

export const buildCommands: readonly Command[] = [build, promote];
