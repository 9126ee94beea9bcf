import type { Topology } from "../config/model.ts";
import type { AnyObject } from "../k8s/types.ts";
import type { Emit } from "../run/events.ts";

/** Serves the requests to a component, in the process of the test. */
export type ComponentFunction = (request: Request) => Response | Promise<Response>;

export interface StartOptions {
  /** Default: the environment variable `CHOREO_DEV_ENGINE`, else `embedded`. `auto`: kind where Docker answers. */
  readonly engine?: "embedded" | "kind" | "auto" | undefined;
  /** Default: `colocated`. */
  readonly topology?: Topology | undefined;
  /** As in choreo-dev.yaml. */
  readonly planes?: { readonly data: readonly DataPlaneOptions[] } | undefined;
  /** As in choreo-dev.yaml. Default: development, staging and production. */
  readonly environments?: readonly EnvironmentOptions[] | undefined;
  /** A choreo-dev.yaml that says all of the above, and more. Default: none, also where one lies in the folder. */
  readonly config?: string | undefined;
  /** By name: a folder or file with manifests, or, on `embedded`, a function that answers. */
  readonly components?: Readonly<Record<string, string | ComponentFunction>> | undefined;
  /** Files, folders and objects that are applied before the platform is handed out. */
  readonly resources?: readonly (string | AnyObject)[] | undefined;
  /** Values of `vaultKey`s. */
  readonly secrets?: Readonly<Record<string, string>> | undefined;
  /** Name of a platform that runs: it is used as it is, and left running. Default: one of a random name is made. */
  readonly reuse?: string | undefined;
  /** `organization`: an own organization, with an own default project and pipeline. Default: `platform`, the whole of it. */
  readonly isolation?: "platform" | "organization" | undefined;
  /** Where relative paths start. Default: the working directory. */
  readonly cwd?: string | undefined;
  /** Default: `process.env`. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told of everything that happens, as `choreo-dev up -o ndjson` prints it. */
  readonly onEvent?: Emit | undefined;
}

export interface DataPlaneOptions {
  readonly name: string;
  readonly region?: string;
  readonly environments?: readonly string[];
}

export interface EnvironmentOptions {
  readonly name: string;
  readonly dnsPrefix?: string;
  readonly isProduction?: boolean;
}
