import type { KubeClient } from "../../src/k8s/client.ts";
import { KubeError } from "../../src/k8s/errors.ts";
import type { AnyObject } from "../../src/k8s/types.ts";
import type { PlatformAccess } from "../../src/planes/api.ts";
import type { Seams } from "../../src/cli/seams.ts";
import { type MemoryCluster, createMemoryCluster } from "./memory-cluster.ts";
import { multiClusterPlatform } from "./platform.ts";
import { type MainResult, type MainWorld, runMain } from "./run-main.ts";

export interface CliWorld {
  readonly control: MemoryCluster;
  /** The data plane of development and staging, and the build plane. */
  readonly west: MemoryCluster;
  readonly seams: Partial<Seams>;
  /** How often a platform was opened and not closed again. */
  openPlatforms(): number;
  run(argv: readonly string[], world?: MainWorld): Promise<MainResult>;
}

export interface CliWorldOptions {
  readonly kubeconfig?: string;
  /** Changes the client of the data plane: pods there have logs. */
  readonly west?: (client: KubeClient) => KubeClient;
}

/** A platform with two data planes whose API servers are in memory, and the command line in front of it. */
export const cliWorld = (options: CliWorldOptions = {}): CliWorld => {
  const control = createMemoryCluster();
  const west = createMemoryCluster();
  let open = 0;
  const data = options.west?.(west.client) ?? west.client;
  const clients: Readonly<Record<string, KubeClient>> = {
    control: withDryRun(control.client),
    "us-west-2": data,
    build: data,
  };
  const plane = (name: string): KubeClient => {
    const client = clients[name];
    if (client === undefined) throw new Error(`the test has no plane ${name}`);
    return client;
  };
  const access: PlatformAccess = {
    name: "shop",
    planes: [
      {
        name: "control",
        role: "control",
        cluster: "shop-control",
        context: "kind-shop-control",
        kubeconfig: options.kubeconfig ?? "/state/control.yaml",
      },
      {
        name: "us-west-2",
        role: "data",
        cluster: "shop-us-west-2",
        context: "kind-shop-us-west-2",
        kubeconfig: "/state/us-west-2.yaml",
      },
    ],
    caFile: "/state/it's mine/ca.pem",
    builds: "/state/it's mine/builds",
    registry: async () => undefined,
    syncDir: "/nowhere",
    control: async () => plane("control"),
    plane: async (name) => plane(name),
    endpoint: async () => ({ server: "https://127.0.0.1:1", ca: "" }),
    close: () => void open--,
  };
  const seams: Partial<Seams> = {
    loadConfig: async () => ({ platform: multiClusterPlatform(), sources: new Map(), deliberate: false }),
    openPlatform: async () => {
      open++;
      return access;
    },
  };
  return {
    control,
    west,
    seams,
    openPlatforms: () => open,
    run: (argv, world = {}) => runMain(argv, { ...world, seams: { ...seams, ...world.seams } }),
  };
};

/** The memory cluster writes what is applied; a real server checks a dry run and forgets it. */
const withDryRun = (client: KubeClient): KubeClient => ({
  ...client,
  apply: async (object, options = {}) => {
    return options.dryRun === true ? checked(object) : client.apply(object, options);
  },
});

/** Refuses one object of the tests as a server with a schema would. */
const checked = <T extends { metadata: { name: string } }>(object: T): T => {
  if (object.metadata.name !== "refused") return object;
  throw new KubeError("spec.tpye: field not declared in schema", { status: 422, reason: "Invalid" });
};

const PREFIX = "core.choreo.dev";

/** An object of the platform in default-org, with its labels. */
export const resource = (
  kind: string,
  name: string,
  parts: { labels?: Record<string, string>; spec?: unknown; status?: unknown } = {},
): AnyObject => {
  const labels = { organization: "default-org", name, ...parts.labels };
  return {
    apiVersion: `${PREFIX}/v1`,
    kind,
    metadata: {
      name,
      ...(kind === "Organization" ? {} : { namespace: "default-org" }),
      labels: Object.fromEntries(Object.entries(labels).map(([key, value]) => [`${PREFIX}/${key}`, value])),
    },
    ...(parts.spec === undefined ? {} : { spec: parts.spec }),
    ...(parts.status === undefined ? {} : { status: parts.status }),
  };
};

export const condition = (
  type: string,
  status: "True" | "False",
  reason: string,
  message = "",
): Record<string, string> => ({
  type,
  status,
  reason,
  message,
  lastTransitionTime: "2030-01-01T00:00:00Z",
});
