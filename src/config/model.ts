/**
 * The resolved configuration: what a `choreo-dev.yaml` means after defaults. Only this travels through the program;
 * the text a user writes is `schema.ts`, the way from one to the other `resolve.ts`.
 */
export type Topology = "colocated" | "multi-cluster";
export type EngineName = "kind" | "embedded" | "kubeconfig";
export type PlaneRole = "control" | "data" | "build";
export const ADDON_NAMES = ["cilium", "argo-workflows", "buildkit", "gateway"] as const;
export type AddonName = (typeof ADDON_NAMES)[number];

export interface Platform {
  /** DNS-safe, at most 30 characters. */
  readonly name: string;
  /** Absolute path of the file this came from; undefined when there is none and defaults hold. */
  readonly file: string | undefined;
  /** Absolute folder that relative paths are resolved against and that identifies the platform's owner. */
  readonly dir: string;
  readonly engine: EngineName | "auto";
  readonly topology: Topology;
  readonly kubernetes: { readonly nodeImage: string | undefined };
  readonly planes: {
    readonly control: ControlPlaneSpec;
    /** Exactly one when colocated, one or more when multi-cluster. */
    readonly data: readonly DataPlaneSpec[];
    readonly build: BuildPlaneSpec;
  };
  readonly environments: readonly EnvironmentSpec[];
  readonly addons: Readonly<Record<AddonName, AddonSpec>>;
  /** Folders with manifests of components, absolute. */
  readonly components: readonly { readonly path: string }[];
  readonly platformComponents: readonly PlatformComponentSpec[];
  /** Files or folders of manifests applied to the control plane, absolute. */
  readonly resources: readonly string[];
  readonly secrets: {
    readonly mode: "local" | "vault-csi";
    /** Absolute path of the YAML file `vaultKey -> value`; used when mode is local. */
    readonly file: string;
  };
  readonly network: NetworkSpec;
  readonly registries: readonly RegistryCredential[];
}

/** A part of the platform itself that is built from its source. */
export interface PlatformComponentSpec {
  readonly name: string;
  /** Absolute folder of its source. */
  readonly path: string;
  /** Seen from `path`. */
  readonly dockerfile: string;
  /** Command that makes the image instead, with its arguments; undefined: the Dockerfile. */
  readonly build: readonly string[] | undefined;
  /** Name of the plane that it runs in. */
  readonly plane: string;
  /** Absolute file or folder of its objects. */
  readonly manifests: string;
}

export interface ControlPlaneSpec {
  readonly context: string | undefined;
}

export interface BuildPlaneSpec {
  readonly context: string | undefined;
}

export interface DataPlaneSpec {
  /** Name of the DataPlane resource; `default-dataplane` when colocated and not named. */
  readonly name: string;
  readonly region: string | undefined;
  /** Names of the environments placed here. */
  readonly environments: readonly string[];
  /** Loopback port of the external gateway; undefined: 8443 or the next that no platform has, stopped or not; kept. */
  readonly gateway: { readonly port: number | undefined };
  readonly context: string | undefined;
}

export interface EnvironmentSpec {
  readonly name: string;
  readonly dnsPrefix: string;
  readonly isProduction: boolean;
  readonly dataPlane: string;
}

export interface AddonSpec {
  readonly enabled: boolean;
  /** Merged over the values of `addons/<name>/addon.yaml`. */
  readonly values: Readonly<Record<string, unknown>>;
}

export interface NetworkSpec {
  /** Absolute paths of PEM files that nodes and builders trust besides the public CAs. */
  readonly extraCAs: readonly string[];
  /** Pool that pod, service and node subnets are cut from. */
  readonly pool: string;
  readonly proxy: {
    readonly http: string | undefined;
    readonly https: string | undefined;
    readonly no: readonly string[];
  };
}

export interface RegistryCredential {
  readonly host: string;
  readonly username: string;
  /** Name of the environment variable that holds the password. */
  readonly passwordEnv: string;
}

/**
 * Where each value came from, by its path (`planes.data[0].name`): `line:column` of the file, `flag`, `env NAME`,
 * `derived from …` or `default`. Lists of plain values and maps of free form count as one value.
 */
export type Sources = ReadonlyMap<string, string>;
