import type { EngineName } from "../../config/model.ts";
import { type Command, defineCommand } from "../command.ts";
import {
  type ProgressOptions,
  type ResultFormat,
  type ResultOptions,
  type TargetOptions,
  progressOptions,
  resultOptions,
  targetOptionsWithFile,
} from "./shared.ts";

export interface UpArgs extends TargetOptions, ProgressOptions {
  readonly engine: EngineName | undefined;
  readonly bundle: string | undefined;
  readonly recreate: readonly string[];
  readonly retain: boolean;
  readonly fix: boolean;
  readonly owner: number | undefined;
  readonly watch: boolean;
}

export interface DownArgs extends TargetOptions, ProgressOptions {
  readonly force: boolean;
}

export interface ReapArgs extends ResultOptions {
  readonly "dry-run": boolean;
}

export interface WorkArgs extends TargetOptions, ProgressOptions {}

export interface StatusArgs extends TargetOptions {
  readonly output: ResultFormat | "md";
}

export interface PlanArgs extends TargetOptions, ResultOptions {
  readonly bundle: string | undefined;
  readonly recreate: readonly string[];
}

export interface DoctorArgs extends TargetOptions, ResultOptions {
  readonly fix: boolean;
}

const bundle = {
  type: "string",
  placeholder: "DIR",
  describe: "Charts and images from a folder, not the network",
} as const;

const recreate = {
  type: "list",
  placeholder: "PLANE",
  describe: "Plane that may be made again",
} as const;

const up = defineCommand<UpArgs>({
  name: "up",
  group: "Platform",
  describe: "Boot the platform, or bring it in step with its file",
  examples: [
    ["choreo-dev up", "all planes in one kind cluster"],
    ["choreo-dev up -f regions.yaml", "the platform that this file describes"],
    ["choreo-dev up --watch", "and every save is served, until Ctrl-C"],
    ["choreo-dev up --bundle ./bundle", "without the internet"],
    ["choreo-dev up --owner $$", "gone when this shell has ended"],
  ],
  positionals: {},
  options: {
    ...targetOptionsWithFile,
    engine: {
      type: "string",
      placeholder: "ENGINE",
      choices: ["kind", "embedded", "kubeconfig"],
      describe: "kind, embedded or kubeconfig; chosen once, then kept",
    },
    bundle,
    recreate,
    retain: { type: "boolean", describe: "Keep half-made clusters when a step fails" },
    fix: { type: "boolean", describe: "Repair what can be: free ports, written down" },
    owner: { type: "number", placeholder: "PID", describe: "Remove it when this process has ended" },
    watch: { type: "boolean", alias: "w", describe: "Then redeploy on every save, as choreo-dev dev" },
    ...progressOptions,
  },
  load: () => import("../commands/up.ts"),
});

const down = defineCommand<DownArgs>({
  name: "down",
  group: "Platform",
  describe: "Remove the platform and all it made on this machine",
  examples: [
    ["choreo-dev down", "asks first when somebody is there to answer"],
    ["choreo-dev down --platform shop", "from any folder"],
  ],
  positionals: {},
  options: {
    ...targetOptionsWithFile,
    force: { type: "boolean", describe: "Ask nothing" },
    ...progressOptions,
  },
  load: () => import("../commands/down.ts"),
});

const reap = defineCommand<ReapArgs>({
  name: "reap",
  group: "Platform",
  describe: "Remove platforms whose owners have ended",
  examples: [
    ["choreo-dev reap --dry-run", "who owns what, and what would go"],
    ["choreo-dev reap", "by hand what happens by itself in seconds"],
  ],
  positionals: {},
  options: {
    "dry-run": { type: "boolean", describe: "Say what would be removed, remove nothing" },
    ...resultOptions,
  },
  load: () => import("../commands/reap.ts"),
});

const stop = defineCommand<WorkArgs>({
  name: "stop",
  group: "Platform",
  describe: "Halt the clusters and the controller; nothing is lost",
  examples: [["choreo-dev stop", "gives memory and processor back until choreo-dev start"]],
  positionals: {},
  options: { ...targetOptionsWithFile, ...progressOptions },
  load: () => import("../commands/stop.ts"),
});

const start = defineCommand<WorkArgs>({
  name: "start",
  group: "Platform",
  describe: "Wake a stopped platform with all that was deployed",
  examples: [["choreo-dev start", "returns when every plane is ready again"]],
  positionals: {},
  options: { ...targetOptionsWithFile, ...progressOptions },
  load: () => import("../commands/start.ts"),
});

const status = defineCommand<StatusArgs>({
  name: "status",
  group: "Platform",
  describe: "Show planes, components, URLs and what blocks",
  examples: [
    ["choreo-dev status", "everything on one screen"],
    ["choreo-dev status -o json", "the same for scripts"],
    ["choreo-dev status -o md", "for the summary of a job"],
  ],
  positionals: {},
  options: {
    output: {
      type: "string",
      alias: "o",
      placeholder: "FORM",
      choices: ["table", "json", "yaml", "md"],
      default: "table",
      describe: "table, json, yaml or md",
    },
    ...targetOptionsWithFile,
  },
  load: () => import("../commands/status.ts"),
});

const plan = defineCommand<PlanArgs>({
  name: "plan",
  group: "Platform",
  describe: "Show what up would do, why, and what would be lost",
  examples: [
    ["choreo-dev plan", "changes nothing"],
    ["choreo-dev plan --recreate build", "what making the build plane again would mean"],
  ],
  positionals: {},
  options: { ...targetOptionsWithFile, bundle, recreate, ...resultOptions },
  load: () => import("../commands/plan.ts"),
});

const doctor = defineCommand<DoctorArgs>({
  name: "doctor",
  group: "Platform",
  describe: "Check machine and platform; a fix for each finding",
  examples: [
    ["choreo-dev doctor", "exit code 3 when something would stop up"],
    ["choreo-dev doctor --fix", "repairs what it can"],
  ],
  positionals: {},
  options: {
    ...targetOptionsWithFile,
    fix: { type: "boolean", describe: "Repair what can be repaired" },
    ...resultOptions,
  },
  load: () => import("../commands/doctor.ts"),
});

export const platformCommands: readonly Command[] = [up, down, reap, stop, start, status, plan, doctor];
