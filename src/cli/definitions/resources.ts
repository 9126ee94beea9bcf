import { type Command, defineCommand } from "../command.ts";
import {
  type ResultOptions,
  type ScopeOptions,
  type TargetOptions,
  resultOptions,
  scopeOptions,
  targetOptions,
} from "./shared.ts";

export interface ApplyArgs extends TargetOptions {
  readonly filename: readonly string[];
  readonly "dry-run": boolean;
  readonly "no-wait": boolean;
  readonly timeout: string;
  readonly output: "text" | "json";
}

export interface DeleteArgs extends TargetOptions {
  readonly filename: readonly string[];
  readonly organization: string | undefined;
  readonly force: boolean;
  readonly "no-wait": boolean;
  readonly timeout: string;
}

export interface DeleteWhat {
  readonly kind: string | undefined;
  readonly name: readonly string[];
}

export interface GetArgs extends TargetOptions, ScopeOptions, ResultOptions {
  readonly component: string | undefined;
  readonly environment: string | undefined;
}

export interface GetWhat {
  readonly kind: string;
  readonly name: readonly string[];
}

export interface LogsArgs extends TargetOptions, ScopeOptions {
  readonly environment: string | undefined;
  readonly build: boolean;
  readonly follow: boolean;
  readonly previous: boolean;
  readonly tail: number | undefined;
  readonly since: string | undefined;
}

export interface LogsWhat {
  readonly component: string;
}

export interface UrlArgs extends TargetOptions, ScopeOptions, ResultOptions {
  readonly environment: string | undefined;
  readonly curl: boolean;
}

export interface UrlWhat {
  readonly component: string | undefined;
}

const filename = {
  type: "list",
  alias: "f",
  placeholder: "FILE",
  describe: "File or folder of manifests; - is stdin",
} as const;

const environment = {
  type: "string",
  alias: "e",
  placeholder: "ENV",
  describe: "Only this environment",
} as const;

const apply = defineCommand<ApplyArgs>({
  name: "apply",
  group: "Resources",
  describe: "Apply resources from files, wait until they serve",
  examples: [
    ["choreo-dev apply -f ./catalog", "its manifests, in the right order"],
    ["choreo-dev apply -f - < project.yaml", "from stdin"],
  ],
  positionals: {},
  options: {
    filename,
    "dry-run": { type: "boolean", describe: "Let the server check everything, change nothing" },
    "no-wait": { type: "boolean", describe: "Return at once, before deployments serve" },
    timeout: { type: "string", placeholder: "TIME", default: "2m", describe: "How long to wait" },
    output: { type: "string", alias: "o", choices: ["text", "json"], default: "text", describe: "Form of the result" },
    ...targetOptions,
  },
  load: () => import("../commands/apply.ts"),
});

const remove = defineCommand<DeleteArgs, DeleteWhat>({
  name: "delete",
  group: "Resources",
  describe: "Delete resources and wait until they are gone",
  examples: [
    ["choreo-dev delete -f ./catalog", "what apply -f made"],
    ["choreo-dev delete component catalog", "with all that belongs to it"],
  ],
  positionals: {
    kind: { describe: "Kind or short name", required: false, variadic: false },
    name: { describe: "Names of the objects", required: false, variadic: true },
  },
  options: {
    filename,
    organization: { ...scopeOptions.organization, describe: "Organization (default: default-org)" },
    force: { type: "boolean", describe: "Leave behind what cannot be reached" },
    "no-wait": { type: "boolean", describe: "Return at once" },
    timeout: { type: "string", placeholder: "TIME", default: "2m", describe: "How long to wait" },
    ...targetOptions,
  },
  load: () => import("../commands/delete.ts"),
});

const get = defineCommand<GetArgs, GetWhat>({
  name: "get",
  group: "Resources",
  describe: "List resources, or show one",
  examples: [
    ["choreo-dev get components", "in every organization"],
    ["choreo-dev get deploy -e production", "short names work"],
    ["choreo-dev get all --project shop", "every kind"],
  ],
  positionals: {
    kind: { describe: "Kind, plural or short name; or all", required: true, variadic: false },
    name: { describe: "Object names or name labels", required: false, variadic: true },
  },
  options: {
    ...scopeOptions,
    component: { type: "string", placeholder: "COMPONENT", describe: "Only this component" },
    environment,
    ...resultOptions,
    ...targetOptions,
  },
  load: () => import("../commands/get.ts"),
});

const logs = defineCommand<LogsArgs, LogsWhat>({
  name: "logs",
  group: "Resources",
  describe: "Print the logs of a component, or of its build",
  examples: [
    ["choreo-dev logs catalog -e development", "all pods there are"],
    ["choreo-dev logs catalog -e development -f", "and what comes next"],
    ["choreo-dev logs catalog -e development --previous", "before the crash"],
    ["choreo-dev logs catalog --build", "steps of its newest build"],
  ],
  positionals: {
    component: { describe: "Name of the component; with --build also of a build", required: true, variadic: false },
  },
  options: {
    environment: { ...environment, describe: "Environment (default: the only one it is deployed to)" },
    build: { type: "boolean", alias: "b", describe: "Of the newest build, or of the one that is named" },
    follow: { type: "boolean", alias: "f", describe: "Go on until Ctrl-C, or until the build has ended" },
    previous: { type: "boolean", alias: "p", describe: "Of the container before the last restart" },
    tail: { type: "number", placeholder: "N", describe: "Only the last lines" },
    since: { type: "string", placeholder: "TIME", describe: "Only the last 90s, 5m, 2h" },
    ...scopeOptions,
    ...targetOptions,
  },
  load: () => import("../commands/logs.ts"),
});

const url = defineCommand<UrlArgs, UrlWhat>({
  name: "url",
  group: "Resources",
  describe: "Print URLs, one a line",
  examples: [
    ["choreo-dev url storefront", "opens in a browser as it is"],
    ["choreo-dev url storefront --curl", "a line that works when pasted"],
  ],
  positionals: { component: { describe: "Name of a component (default: all)", required: false, variadic: false } },
  options: {
    environment,
    curl: { type: "boolean", describe: "As curl commands that trust the platform's CA" },
    ...scopeOptions,
    ...resultOptions,
    ...targetOptions,
  },
  load: () => import("../commands/url.ts"),
});

export const resourceCommands: readonly Command[] = [apply, remove, get, logs, url];
