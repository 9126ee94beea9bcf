import type { ClusterSettings, ObservedCluster } from "./clusters.ts";

/** Everything `up` looks at before it plans. Each value is read from the thing itself. */
export interface Observed {
  readonly network: "missing" | "ok";
  readonly registry: "missing" | "drifted" | "stopped" | "ok";
  readonly clusters: readonly ObservedCluster[];
  /** Clusters that run but whose API server does not answer, with why. */
  readonly unreachable: Readonly<Record<string, string>>;
  /** Hash of the installed CRDs; undefined when they are not all there. */
  readonly crdsHash: string | undefined;
  /** Installed addons by cluster name. */
  readonly addons: Readonly<Record<string, readonly InstalledAddon[]>>;
  /** Images of the platform that a node lacks, by cluster name. */
  readonly missingImages: Readonly<Record<string, readonly string[]>>;
  readonly controller: "down" | "outdated" | "running";
  /** Hash of the settings that the controller was started with. */
  readonly controllerSettings: string | undefined;
  /** Hash of what is registered for a plane, with whether the controller reached it. */
  readonly registered: Readonly<Record<string, { readonly hash: string; readonly ready: boolean }>>;
  /** Data planes that have a resource but are not configured any more, with the environments still placed there. */
  readonly leftoverPlanes: readonly { readonly name: string; readonly environments: readonly string[] }[];
  /** Hashes of what was applied by earlier runs, by id: `defaults`, `component/<path>`, `resource/<path>`. */
  readonly applied: Readonly<Record<string, string>>;
}

export interface InstalledAddon {
  readonly name: string;
  readonly version: string;
  readonly hash: string;
  readonly ready: boolean;
}

/** What this version of the program and this configuration want, with hashes to compare. */
export interface Wanted {
  /** Of the nodes of every cluster. */
  readonly nodes: Pick<ClusterSettings, "files" | "proxy">;
  readonly crdsHash: string;
  readonly controllerSettings: string;
  readonly addons: readonly WantedAddon[];
  /** Hash of each plane's registration that can be known without its credentials: gateway hosts, environments. */
  readonly registrations: Readonly<Record<string, string>>;
  readonly manifests: readonly WantedManifest[];
  readonly images: Readonly<Record<string, readonly string[]>>;
}

export interface WantedAddon {
  readonly name: string;
  readonly version: string;
  /** Of version, values and manifests, per cluster. */
  readonly hash: string;
  readonly cluster: string;
  /** Names of addons that have to be there before this one can become ready. */
  readonly needs: readonly string[];
  /** A platform component: its image is built first, and goes to the registry. */
  readonly isBuilt?: boolean;
}

export interface WantedManifest {
  /** `defaults`, `component/<path>` or `resource/<path>`. */
  readonly id: string;
  readonly title: string;
  readonly hash: string;
}

export const NOTHING_OBSERVED: Observed = {
  network: "missing",
  registry: "missing",
  clusters: [],
  unreachable: {},
  crdsHash: undefined,
  addons: {},
  missingImages: {},
  controller: "down",
  controllerSettings: undefined,
  registered: {},
  leftoverPlanes: [],
  applied: {},
};
