import { z } from "zod";
import { ADDON_NAMES } from "./model.ts";

/** apiVersion and kind of the file this version reads. */
export const CONFIG_API_VERSION = "choreo-dev/v1alpha1";
export const CONFIG_KIND = "Platform";

const name = (what: string) =>
  z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, "lower-case letters, digits and hyphens")
    .describe(what);
const port = (what: string) => z.int().min(1024).max(65_535).describe(what);

const dataPlane = z.strictObject({
  name: name("Name of the DataPlane resource and end of its cluster's name."),
  region: z.string().optional().describe("Shown in status. Default: the name."),
  environments: z.array(z.string()).optional().describe("Environments placed here. Default with one data plane: all."),
  gateway: z
    .strictObject({
      port: port("Loopback port of the external gateway. Default: 8443 or the next free one, then kept.").optional(),
    })
    .optional()
    .describe("The external gateway of this data plane."),
  context: z.string().optional().describe("kubeconfig context, for engine kubeconfig."),
});

const plane = (what: string) =>
  z
    .strictObject({ context: z.string().optional().describe("kubeconfig context, for engine kubeconfig.") })
    .optional()
    .describe(what);

const environment = z.strictObject({
  name: name("Name of the Environment resource."),
  dnsPrefix: name("First label of the host names of services. Default: the name.").optional(),
  isProduction: z.boolean().optional().describe("Default: false."),
});

const addon = z.strictObject({
  enabled: z.boolean().optional().describe("Default: true."),
  values: z
    .record(z.string(), z.unknown())
    .optional()
    .describe("Laid over the values or parameters of addons/<name>/addon.yaml."),
});

const registry = z.strictObject({
  host: z.string().describe("Registry host, e.g. registry.example.com."),
  auth: z
    .strictObject({
      username: z.string().describe("User name."),
      passwordEnv: z
        .string()
        .describe("Environment variable that holds the password; the password itself is never in this file."),
    })
    .describe("Credentials for pulling."),
});

/** The file as its author writes it. Every field is optional but `apiVersion` and `kind`. */
export const configSchema = z
  .strictObject({
    apiVersion: z.literal(CONFIG_API_VERSION).describe("Version of this file's format."),
    kind: z.literal(CONFIG_KIND).describe("Always Platform."),
    name: name("Name of the platform. Default: the folder's, made DNS-safe.").max(30).optional(),
    engine: z
      .enum(["auto", "kind", "embedded", "kubeconfig"])
      .optional()
      .describe("What provides clusters. Default: auto, kind where Docker answers."),
    topology: z
      .enum(["colocated", "multi-cluster"])
      .optional()
      .describe("All planes in one cluster, or one cluster per plane. Default: colocated."),
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
        control: plane("The control plane."),
        data: z.array(dataPlane).min(1).optional().describe("Data planes. Default: one, default-dataplane."),
        build: plane("The build plane."),
      })
      .optional()
      .describe("The planes."),
    environments: z
      .array(environment)
      .min(1)
      .optional()
      .describe("Environments in promotion order. Default: development, staging, production."),
    addons: z
      .strictObject(
        Object.fromEntries(ADDON_NAMES.map((each) => [each, addon.optional().describe(`Settings of ${each}.`)])),
      )
      .optional()
      .describe("Third-party software of the planes."),
    components: z
      .array(z.strictObject({ path: z.string().describe("Folder with the manifests of a component.") }))
      .optional()
      .describe("Components that up applies and waits for."),
    resources: z
      .array(z.string())
      .optional()
      .describe("Files or folders of manifests that up applies to the control plane."),
    secrets: z
      .strictObject({
        mode: z.enum(["local", "vault-csi"]).optional().describe("Where vaultKey values come from. Default: local."),
        file: z.string().optional().describe("YAML file of vaultKey: value, mode 0600. Default: choreo.secrets.yaml."),
      })
      .optional()
      .describe("Secret values of ConfigurationGroups."),
    network: z
      .strictObject({
        pool: z
          .string()
          .optional()
          .describe("IPv4 range that pod, service and node networks are cut from. Default: 10.160.0.0/12."),
        extraCAs: z.array(z.string()).optional().describe("PEM files that nodes trust besides the public CAs."),
        proxy: z
          .strictObject({
            http: z.string().optional().describe("Default: HTTP_PROXY."),
            https: z.string().optional().describe("Default: HTTPS_PROXY."),
            no: z.array(z.string()).optional().describe("Added to what is never proxied. Default: NO_PROXY."),
          })
          .optional()
          .describe("Proxy of nodes and builders; loopback calls never use it."),
      })
      .optional()
      .describe("Networks, proxies and CAs."),
    registries: z.array(registry).optional().describe("Private registries."),
  })
  .describe("A choreo-dev platform.");

export type ConfigFile = z.infer<typeof configSchema>;

/** JSON schema for editors. */
export const jsonSchema = (): Record<string, unknown> => ({
  $id: "https://choreo-dev.dev/schemas/v1alpha1/platform.json",
  title: "choreo-dev.yaml",
  ...z.toJSONSchema(configSchema, { io: "input", target: "draft-2020-12" }),
});
