import path from "node:path";
import {
  ADDON_NAMES,
  type AddonName,
  type AddonSpec,
  type DataPlaneSpec,
  type EngineName,
  type EnvironmentSpec,
  type NetworkSpec,
  type Platform,
  type Topology,
} from "./model.ts";
import { defaultPlatformName } from "./names.ts";
import type { ConfigFile } from "./schema.ts";

/**
 * Pods, services and nodes get their networks from here. Home and office networks sit in 192.168/16, 10.0/16 and 10.1/16,
 * Docker's own in 172.16/12, VPNs often low in 10/8, Kubernetes' usual service range is 10.96/12: this is behind it.
 */
const DEFAULT_POOL = "10.160.0.0/12";

const DEFAULT_DATA_PLANE = "default-dataplane";

const DEFAULT_ENVIRONMENTS = [
  { name: "development", dnsPrefix: "dev" },
  { name: "staging", dnsPrefix: "staging" },
  { name: "production", dnsPrefix: "prod", isProduction: true },
];

/** What is known besides the text of the file. */
export interface Surroundings {
  /** The configuration file; undefined when there is none. */
  readonly file: string | undefined;
  /** Absolute folder that relative paths start from. */
  readonly dir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly flags: {
    readonly name?: string | undefined;
    readonly engine?: EngineName | undefined;
    readonly topology?: Topology | undefined;
  };
}

/** Completes a file that is valid by itself: every default of the product is in this function. */
export const resolveConfig = (config: ConfigFile, { file, dir, env, flags }: Surroundings): Platform => {
  const { kubernetes, planes, secrets, network, registries } = config;
  const written = config.environments ?? DEFAULT_ENVIRONMENTS;
  const data = resolveDataPlanes(
    config,
    written.map(({ name }) => name),
  );
  return {
    name: flags.name ?? config.name ?? defaultPlatformName(path.basename(dir)),
    file,
    dir,
    engine: flags.engine ?? config.engine ?? "auto",
    topology: flags.topology ?? config.topology ?? "colocated",
    kubernetes: { nodeImage: kubernetes?.nodeImage },
    planes: {
      control: { context: planes?.control?.context },
      data,
      build: { context: planes?.build?.context },
    },
    environments: written.map((one): EnvironmentSpec => ({
      name: one.name,
      dnsPrefix: one.dnsPrefix ?? one.name,
      isProduction: one.isProduction ?? false,
      // Empty when it is placed nowhere: check.ts reports that, so nobody behind it sees one.
      dataPlane: data.find(({ environments }) => environments.includes(one.name))?.name ?? "",
    })),
    addons: resolveAddons(config),
    components: (config.components ?? []).map((one) => ({ path: path.resolve(dir, one.path) })),
    platformComponents: (config.platformComponents ?? []).map((one) => ({
      name: one.name,
      path: path.resolve(dir, one.path),
      dockerfile: one.dockerfile ?? "Dockerfile",
      build: one.build,
      plane: one.plane ?? "control",
      manifests: path.resolve(dir, one.manifests),
    })),
    resources: (config.resources ?? []).map((one) => path.resolve(dir, one)),
    secrets: { mode: secrets?.mode ?? "local", file: path.resolve(dir, secrets?.file ?? "choreo.secrets.yaml") },
    network: {
      pool: network?.pool ?? DEFAULT_POOL,
      extraCAs: (network?.extraCAs ?? []).map((one) => path.resolve(dir, one)),
      proxy: resolveProxy(config, env),
    },
    registries: (registries ?? []).map(({ host, auth }) => ({ host, ...auth })),
  };
};

const resolveDataPlanes = (config: ConfigFile, environments: readonly string[]): DataPlaneSpec[] => {
  const planes = config.planes?.data ?? [{ name: DEFAULT_DATA_PLANE }];
  return planes.map((plane) => ({
    name: plane.name,
    region: plane.region,
    environments: plane.environments ?? (planes.length === 1 ? environments : []),
    gateway: { port: plane.gateway?.port },
    context: plane.context,
  }));
};

const resolveAddons = ({ addons }: ConfigFile): Record<AddonName, AddonSpec> => {
  const entries = ADDON_NAMES.map((name): [AddonName, AddonSpec] => [
    name,
    { enabled: addons?.[name]?.enabled ?? true, values: addons?.[name]?.values ?? {} },
  ]);
  return Object.fromEntries(entries) as Record<AddonName, AddonSpec>;
};

const resolveProxy = ({ network }: ConfigFile, env: NodeJS.ProcessEnv): NetworkSpec["proxy"] => {
  const fromEnv = (field: keyof NetworkSpec["proxy"]): string | undefined => {
    const name = proxyVariable(field, env);
    return name === undefined ? undefined : env[name];
  };
  return {
    http: network?.proxy?.http ?? fromEnv("http"),
    https: network?.proxy?.https ?? fromEnv("https"),
    no: network?.proxy?.no ?? splitList(fromEnv("no") ?? ""),
  };
};

/** The variable that a proxy setting comes from when the file is silent: upper case first, as most tools read them. */
export const proxyVariable = (field: keyof NetworkSpec["proxy"], env: NodeJS.ProcessEnv): string | undefined =>
  [`${field.toUpperCase()}_PROXY`, `${field}_proxy`].find((name) => (env[name] ?? "") !== "");

const splitList = (text: string): string[] =>
  text
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
