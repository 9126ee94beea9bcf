import path from "node:path";
import {
  ADDON_NAMES,
  type AddonName,
  type AddonSpec,
  type DataPlaneSpec,
  type EnvironmentSpec,
  type Platform,
} from "./model.ts";
import { defaultPlatformName } from "./names.ts";
import type { LoadOptions } from "./load.ts";
import type { ConfigFile } from "./schema.ts";

/**
 * Pods, services and nodes get their networks from here. Home and office networks sit in 192.168/16, 10.0/16 and 10.1/16,
 * Docker's own in 172.16/12, VPNs often low in 10/8, Kubernetes' usual service range is 10.96/12: this is behind it.
 */
export const DEFAULT_POOL = "10.160.0.0/12";

const DEFAULT_ENVIRONMENTS = [
  { name: "development", dnsPrefix: "dev" },
  { name: "staging", dnsPrefix: "staging" },
  { name: "production", dnsPrefix: "prod", isProduction: true },
];

/** All defaults are in this one function, and where each value came from is written down beside it. */
export const resolveConfig = (
  config: ConfigFile,
  options: LoadOptions & { readonly dir: string; readonly file: string | undefined },
): { platform: Platform; sources: Map<string, string> } => {
  const { dir, env } = options;
  const sources = new Map<string, string>();
  const pick = <T>(key: string, written: T | undefined, otherwise: T, source = "default"): T => {
    sources.set(key, written === undefined ? source : "file");
    return written ?? otherwise;
  };
  const flagged = <T>(key: string, flag: T | undefined, written: T | undefined, otherwise: T, source?: string): T => {
    if (flag === undefined) return pick(key, written, otherwise, source);
    sources.set(key, "flag");
    return flag;
  };
  const fromEnv = (key: string, written: string | undefined, ...names: string[]): string | undefined => {
    const name = names.find((each) => (env[each] ?? "") !== "");
    return pick(
      key,
      written,
      name === undefined ? undefined : env[name],
      name === undefined ? "default" : `env ${name}`,
    );
  };
  const environmentsWritten = config.environments ?? DEFAULT_ENVIRONMENTS;
  sources.set("environments", config.environments === undefined ? "default" : "file");
  const data = dataPlanes(
    config,
    environmentsWritten.map(({ name }) => name),
    sources,
  );
  const { network = {}, secrets = {} } = config;
  const platform: Platform = {
    name: flagged(
      "name",
      options.name,
      config.name,
      defaultPlatformName(path.basename(dir)),
      "derived from the folder",
    ),
    file: options.file,
    dir,
    engine: flagged("engine", options.engine, config.engine, "auto"),
    topology: flagged("topology", options.topology, config.topology, "colocated"),
    kubernetes: { nodeImage: pick("kubernetes.nodeImage", config.kubernetes?.nodeImage, undefined) },
    planes: {
      control: { context: config.planes?.control?.context },
      data,
      build: { context: config.planes?.build?.context },
    },
    environments: environmentsWritten.map((one): EnvironmentSpec => ({
      name: one.name,
      dnsPrefix: one.dnsPrefix ?? one.name,
      isProduction: one.isProduction ?? false,
      dataPlane: data.find(({ environments }) => environments.includes(one.name))?.name ?? "",
    })),
    addons: addons(config, sources),
    components: (config.components ?? []).map((one) => ({ path: path.resolve(dir, one.path) })),
    resources: (config.resources ?? []).map((one) => path.resolve(dir, one)),
    secrets: {
      mode: pick("secrets.mode", secrets.mode, "local"),
      file: path.resolve(dir, pick("secrets.file", secrets.file, "choreo.secrets.yaml")),
    },
    network: {
      pool: pick("network.pool", network.pool, DEFAULT_POOL),
      extraCAs: (network.extraCAs ?? []).map((file) => path.resolve(dir, file)),
      proxy: {
        http: fromEnv("network.proxy.http", network.proxy?.http, "HTTP_PROXY", "http_proxy"),
        https: fromEnv("network.proxy.https", network.proxy?.https, "HTTPS_PROXY", "https_proxy"),
        no:
          network.proxy?.no ??
          (env["NO_PROXY"] ?? env["no_proxy"] ?? "")
            .split(",")
            .map((one) => one.trim())
            .filter(Boolean),
      },
    },
    registries: (config.registries ?? []).map(({ host, auth }) => ({ host, ...auth })),
  };
  for (const key of ["components", "resources", "registries"] as const)
    sources.set(key, config[key] === undefined ? "default" : "file");
  return { platform, sources };
};

const dataPlanes = (
  config: ConfigFile,
  environments: readonly string[],
  sources: Map<string, string>,
): DataPlaneSpec[] => {
  const written = config.planes?.data;
  sources.set("planes.data", written === undefined ? "default" : "file");
  const planes = written ?? [{ name: "default-dataplane" }];
  return planes.map((plane) => ({
    name: plane.name,
    region: plane.region,
    environments: plane.environments ?? (planes.length === 1 ? environments : []),
    gateway: { port: plane.gateway?.port },
    context: plane.context,
  }));
};

const addons = (config: ConfigFile, sources: Map<string, string>): Record<AddonName, AddonSpec> => {
  const written = (config.addons ?? {}) as Partial<
    Record<AddonName, { enabled?: boolean | undefined; values?: Record<string, unknown> | undefined }>
  >;
  const entries = ADDON_NAMES.map((name) => {
    sources.set(`addons.${name}`, written[name] === undefined ? "default" : "file");
    return [name, { enabled: written[name]?.enabled ?? true, values: written[name]?.values ?? {} }] as const;
  });
  return Object.fromEntries(entries) as Record<AddonName, AddonSpec>;
};
