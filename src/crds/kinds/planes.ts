import { columns, conditionColumns, defineKind, kubernetesCluster, probeStatusFields } from "../kind.ts";
import { boolean, list, object, optional, string } from "../schema.ts";

export const dataPlane = defineKind({
  kind: "DataPlane",
  plural: "dataplanes",
  shortNames: ["dp", "dps"],
  scope: "Namespaced",
  description: "A cluster that runs components.",
  spec: object("The cluster, its gateway and the registries images come from.", {
    registry: object("Registries that builds push to.", {
      unauthenticated: optional(list("Prefixes that need no credentials.", string("Registry prefix."))),
      imagePushSecrets: optional(
        list(
          "Prefixes that need credentials.",
          object("One prefix.", { name: string("Name of the Secret."), prefix: string("Registry prefix.") }),
        ),
      ),
    }),
    kubernetesCluster,
    gateway: object("Host names of this plane's gateways.", {
      publicVirtualHost: string("Domain of the external gateway."),
      organizationVirtualHost: string("Domain of the internal gateway."),
    }),
  }),
  specRequired: true,
  status: object("What the controller found.", probeStatusFields),
  columns: [
    ...conditionColumns("Reachable"),
    { name: "Cluster", type: "string", jsonPath: ".spec.kubernetesCluster.name" },
    columns.organization,
    columns.age,
  ],
});

export const buildPlane = defineKind({
  kind: "BuildPlane",
  plural: "buildplanes",
  shortNames: ["bp", "bps"],
  scope: "Namespaced",
  description: "A cluster that runs builds by Argo Workflows.",
  spec: object("The cluster and the registries it pushes to.", {
    kubernetesCluster,
    registries: optional(
      list(
        "Registries that images are pushed to.",
        object("One registry.", {
          prefix: string("Registry prefix."),
          secretRef: optional(string("Secret of type kubernetes.io/dockerconfigjson.")),
          insecure: optional(boolean("Whether it speaks plain HTTP.")),
        }),
      ),
    ),
  }),
  specRequired: true,
  status: object("What the controller found.", probeStatusFields),
  columns: [
    ...conditionColumns("Reachable"),
    { name: "Argo", type: "string", jsonPath: ".status.conditions[?(@.type=='ArgoReady')].status" },
    columns.organization,
    columns.age,
  ],
});
