import { z } from "zod";
import { parseCidr } from "./cidr.ts";
import { ADDON_NAMES, type AddonName } from "./model.ts";
import { DNS_LABEL, PLATFORM_NAME, platformNameProblem } from "./names.ts";

/** apiVersion and kind of the file this version reads. */
export const CONFIG_API_VERSION = "choreo-dev/v1alpha1";
export const CONFIG_KIND = "Platform";

const label = z.string().regex(DNS_LABEL, {
  error: ({ input }) => `"${input}" has to be lower-case letters, digits and hyphens, at most 63 characters`,
});

const context = z
  .string()
  .optional()
  .describe("kubeconfig context of its cluster, for engine kubeconfig. Default: none.");

const dataPlane = z.strictObject({
  name: label.describe("Name of the DataPlane resource, and the end of its cluster's name."),
  region: z
    .string()
    .regex(/^[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/, {
      error: ({ input }) =>
        `"${input}" has to be letters, digits, hyphens, dots and underscores, at most 63 characters`,
    })
    .optional()
    .describe("Region it stands for: the label topology.kubernetes.io/region of its DataPlane. Default: none."),
  environments: z
    .array(z.string())
    .optional()
    .describe("Names of the environments placed here. Default: all, where this is the only data plane."),
  gateway: z
    .strictObject({
      port: z
        .int()
        .min(1024)
        .max(65_535)
        .optional()
        .describe(
          "Loopback port, 1024 to 65535. Default: 8443 or the next that no platform has, stopped or not; kept.",
        ),
    })
    .optional()
    .describe("The external gateway of this data plane."),
  context,
});

const environment = z.strictObject({
  name: label.describe("Name of the Environment resource."),
  dnsPrefix: label.optional().describe("First label of the host names of services. Default: the name."),
  isProduction: z.boolean().optional().describe("Whether it serves real users. Default: false."),
});

const addon = (name: AddonName) =>
  z
    .strictObject({
      enabled: z.boolean().optional().describe("Whether it is installed. Default: true."),
      values: z
        .record(z.string(), z.unknown())
        .optional()
        .describe(`Laid over the values or parameters of addons/${name}/addon.yaml. Default: none.`),
    })
    .optional();

const registry = z.strictObject({
  host: z
    .string()
    .regex(/^[\w.-]+(:\d+)?$/, {
      error: ({ input }) => `"${input}" has to be a host, with a port where it needs one: registry.example.com:5000`,
    })
    .describe("Host, with a port where it needs one."),
  auth: z
    .strictObject({
      username: z.string().describe("User name."),
      passwordEnv: z
        .string()
        // Without the value: somebody may have written the password itself.
        .regex(/^[A-Za-z_]\w*$/, "has to be the name of an environment variable")
        .describe("Environment variable that holds the password, which is never in this file."),
    })
    .describe("Credentials for pulling."),
});

const platformComponent = z.strictObject({
  name: label
    .refine((name) => !(ADDON_NAMES as readonly string[]).includes(name), {
      error: ({ input }) => `"${input}" is an addon: take another name`,
    })
    .describe("Name, unique among them; its objects are labelled with it."),
  path: z.string().describe("Folder of its source, which is watched and built."),
  dockerfile: z.string().optional().describe("Dockerfile, from path. Default: Dockerfile."),
  build: z
    .array(z.string())
    .min(1)
    .optional()
    .describe('Command instead of a Dockerfile, run in path; it makes the image "$IMAGE". Default: none.'),
  plane: z.string().optional().describe("control, build, or the name of a data plane. Default: control."),
  manifests: z.string().describe("File or folder of its objects; containers with image: ${image} get what was built."),
});

const proxyUrl = z.url({ protocol: /^https?$/, error: "has to be a URL like http://proxy.example.com:3128" });

const network = z.strictObject({
  pool: z
    .string()
    .superRefine((pool, check) => {
      const problem = poolProblem(pool);
      if (problem !== undefined) check.addIssue(problem);
    })
    .optional()
    .describe("IPv4 range of /8 to /16 that pod, service and node networks are cut from. Default: 10.160.0.0/12."),
  extraCAs: z
    .array(z.string())
    .optional()
    .describe("PEM files that nodes trust besides the public CAs. Default: none."),
  proxy: z
    .strictObject({
      http: proxyUrl.optional().describe("Proxy for http. Default: HTTP_PROXY."),
      https: proxyUrl.optional().describe("Proxy for https. Default: HTTPS_PROXY."),
      no: z
        .array(z.string())
        .optional()
        .describe("Hosts, domains and ranges without a proxy, besides the platform's own. Default: NO_PROXY."),
    })
    .optional()
    .describe("Proxy of downloads, nodes and builders; loopback calls never use it."),
});

/** The file as its author writes it. Every field is optional but `apiVersion` and `kind`. */
export const configSchema = z
  .strictObject({
    apiVersion: z.literal(CONFIG_API_VERSION).describe("Version of this file's format: choreo-dev/v1alpha1."),
    kind: z.literal(CONFIG_KIND).describe("Always Platform."),
    name: z
      .string()
      .regex(PLATFORM_NAME, { error: ({ input }) => platformNameProblem(String(input)) })
      .optional()
      .describe("Name of the platform, at most 30 characters. Default: the folder's, made DNS-safe."),
    engine: z
      .enum(["auto", "kind", "embedded", "kubeconfig"])
      .optional()
      .describe(
        "What provides clusters: auto, kind, embedded or kubeconfig. Default: auto, kind where Docker answers.",
      ),
    topology: z
      .enum(["colocated", "multi-cluster"])
      .optional()
      .describe("colocated: all planes in one cluster; multi-cluster: one cluster per plane. Default: colocated."),
    kubernetes: z
      .strictObject({
        nodeImage: z
          .string()
          .optional()
          .describe("Image of kind's nodes. Default: the bundle's, the newest supported local one, or kind's own."),
      })
      .optional()
      .describe("Kubernetes of the clusters."),
    planes: z
      .strictObject({
        control: z.strictObject({ context }).optional().describe("The control plane."),
        data: z
          .array(dataPlane)
          .min(1)
          .optional()
          .describe("Data planes; colocated takes exactly one. Default: one, default-dataplane."),
        build: z.strictObject({ context }).optional().describe("The build plane."),
      })
      .optional()
      .describe("The planes."),
    environments: z
      .array(environment)
      .min(1)
      .optional()
      .describe("Environments in the order of promotion. Default: development, staging, production."),
    addons: z
      .strictObject({
        cilium: addon("cilium").describe("Network of data planes, with its policies."),
        "argo-workflows": addon("argo-workflows").describe("Runs builds in the build plane."),
        buildkit: addon("buildkit").describe("Builds images in the build plane of real clusters."),
        gateway: addon("gateway").describe("Gateway API and the two gateways of data planes."),
      } satisfies Record<AddonName, z.ZodType>)
      .optional()
      .describe("Third-party software of the planes."),
    components: z
      .array(z.strictObject({ path: z.string().describe("Folder with the manifests of a component.") }))
      .optional()
      .describe("Components that up applies and waits for. Default: none."),
    platformComponents: z
      .array(platformComponent)
      .optional()
      .describe("Parts of the platform itself that are built from source. Default: none."),
    resources: z
      .array(z.string())
      .optional()
      .describe("Files or folders of manifests that up applies to the control plane. Default: none."),
    secrets: z
      .strictObject({
        mode: z
          .enum(["local", "vault-csi"])
          .optional()
          .describe("Where vaultKey values come from: local (the file) or vault-csi. Default: local."),
        file: z
          .string()
          .optional()
          .describe("YAML file of vaultKey: value, for mode local. Default: choreo.secrets.yaml."),
      })
      .optional()
      .describe("Secret values of ConfigurationGroups."),
    network: network.optional().describe("Networks, proxies and CAs."),
    registries: z.array(registry).optional().describe("Private registries. Default: none."),
  })
  .describe("A choreo-dev platform.");

export type ConfigFile = z.infer<typeof configSchema>;

/** JSON schema (draft 2020-12) of `choreo-dev.yaml`, for editors; prints as `choreo-dev config schema`. */
export const jsonSchema = (): Record<string, unknown> => ({
  $id: "urn:choreo-dev:platform:v1alpha1",
  title: "choreo-dev.yaml",
  ...z.toJSONSchema(configSchema, { io: "input", target: "draft-2020-12" }),
});

const poolProblem = (pool: string): string | undefined => {
  const range = parseCidr(pool);
  if (range === undefined || range.prefix < 8 || range.prefix > 16)
    return `"${pool}" has to be an IPv4 range of /8 to /16, like 10.160.0.0/12`;
  return range.network === pool ? undefined : `"${pool}" is not the start of its range: write ${range.network}`;
};
