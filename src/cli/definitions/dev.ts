import { type Command, defineCommand } from "../command.ts";
import {
  type ProgressOptions,
  type ScopeOptions,
  type TargetOptions,
  progressOptions,
  scopeOptions,
  targetOptions,
} from "./shared.ts";

export interface DevArgs extends TargetOptions, ScopeOptions, ProgressOptions {
  readonly environment: string | undefined;
  readonly timeout: string;
}

export interface DevWhat {
  readonly component: readonly string[];
}

const dev = defineCommand<DevArgs, DevWhat>({
  name: "dev",
  group: "Components",
  describe: "Watch sources, redeploy components as they are saved",
  examples: [
    ["choreo-dev dev", "all components that have a source folder"],
    ["choreo-dev dev catalog -e staging", "one, in another environment"],
  ],
  positionals: {
    component: { describe: "Names of components, also of the platform's own", required: false, variadic: true },
  },
  options: {
    ...targetOptions,
    ...scopeOptions,
    environment: {
      type: "string",
      alias: "e",
      placeholder: "ENV",
      describe: "Environment (default: the pipeline's first)",
    },
    timeout: { type: "string", placeholder: "TIME", default: "5m", describe: "Longest time for one change" },
    ...progressOptions,
  },
  load: () => import("../commands/dev.ts"),
});

export const devCommands: readonly Command[] = [dev];
