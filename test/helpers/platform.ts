import type { Platform } from "../../src/config/model.ts";

/** A resolved configuration for tests of what comes after the configuration. */
export const samplePlatform = (changes: Partial<Platform> = {}): Platform => ({
  name: "shop",
  file: "/home/dev/shop/choreo-dev.yaml",
  dir: "/home/dev/shop",
  engine: "kind",
  topology: "colocated",
  kubernetes: { nodeImage: undefined },
  planes: {
    control: { context: undefined },
    data: [
      {
        name: "default-dataplane",
        region: undefined,
        environments: ["development", "staging", "production"],
        gateway: { port: undefined },
        context: undefined,
      },
    ],
    build: { context: undefined },
  },
  environments: [
    { name: "development", dnsPrefix: "dev", isProduction: false, dataPlane: "default-dataplane" },
    { name: "staging", dnsPrefix: "staging", isProduction: false, dataPlane: "default-dataplane" },
    { name: "production", dnsPrefix: "prod", isProduction: true, dataPlane: "default-dataplane" },
  ],
  addons: {
    cilium: { enabled: true, values: {} },
    "argo-workflows": { enabled: true, values: {} },
    buildkit: { enabled: true, values: {} },
    gateway: { enabled: true, values: {} },
  },
  components: [],
  platformComponents: [],
  resources: [],
  secrets: { mode: "local", file: "/home/dev/shop/choreo.secrets.yaml" },
  network: { extraCAs: [], pool: "10.160.0.0/12", proxy: { http: undefined, https: undefined, no: [] } },
  registries: [],
  ...changes,
});

/** One cluster per plane, two data planes. */
export const multiClusterPlatform = (changes: Partial<Platform> = {}): Platform => {
  const base = samplePlatform();
  const plane = base.planes.data[0]!;
  return {
    ...base,
    topology: "multi-cluster",
    planes: {
      ...base.planes,
      data: [
        { ...plane, name: "us-west-2", environments: ["development", "staging"] },
        { ...plane, name: "eu-central-1", environments: ["production"] },
      ],
    },
    environments: base.environments.map((env) => ({
      ...env,
      dataPlane: env.isProduction ? "eu-central-1" : "us-west-2",
    })),
    ...changes,
  };
};
