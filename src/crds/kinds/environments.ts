import { columns, conditionColumns, defineKind, plainStatus } from "../kind.ts";
import { boolean, list, object, optional, string } from "../schema.ts";

export const environment = defineKind({
  kind: "Environment",
  plural: "environments",
  shortNames: ["env", "envs"],
  scope: "Namespaced",
  description: "A place that components are promoted through.",
  spec: object("Where it is and how it is reached.", {
    dataPlaneRef: optional(string("Name of its DataPlane.")),
    isProduction: optional(boolean("For people: nothing is decided by it.")),
    gateway: optional(
      object("Its part of the gateway.", {
        dnsPrefix: optional(string("First label of its host names.")),
        security: optional(
          object("Proof of identity.", {
            remoteJwks: optional(object("Keys of the token issuer.", { uri: string("Address of the JWKS.") })),
          }),
        ),
      }),
    ),
  }),
  specRequired: false,
  status: plainStatus,
  columns: [
    ...conditionColumns("Ready"),
    { name: "DataPlane", type: "string", jsonPath: ".spec.dataPlaneRef" },
    columns.organization,
    columns.age,
  ],
});

export const deploymentPipeline = defineKind({
  kind: "DeploymentPipeline",
  plural: "deploymentpipelines",
  shortNames: ["deppipe", "deppipes"],
  scope: "Namespaced",
  description: "The order in which environments follow each other.",
  spec: object("The paths.", {
    promotionPaths: optional(
      list(
        "Steps of promotion; the source of the first is the first environment.",
        object("From one environment to others.", {
          sourceEnvironmentRef: string("Name of the Environment to promote from."),
          targetEnvironmentRefs: list(
            "Environments to promote to.",
            object("One target.", {
              name: string("Name of the Environment."),
              requiresApproval: optional(boolean("Whether promoting needs approval.")),
              isManualApprovalRequired: optional(boolean("Whether a person has to approve.")),
            }),
          ),
        }),
      ),
    ),
  }),
  specRequired: false,
  status: plainStatus,
  columns: [...conditionColumns("Available"), columns.organization, columns.age],
});
