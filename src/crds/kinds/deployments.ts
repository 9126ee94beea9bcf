import { endpointSpec } from "../endpoint-spec.ts";
import { application, columns, conditionColumns, defineKind, plainStatus, statusFields } from "../kind.ts";
import { integer, list, long, map, object, optional, string } from "../schema.ts";

export const deployment = defineKind({
  kind: "Deployment",
  plural: "deployments",
  shortNames: [],
  scope: "Namespaced",
  description: "A DeployableArtifact in one environment.",
  spec: object("Which artifact, with which differences.", {
    deploymentArtifactRef: string("Object name of the DeployableArtifact."),
    revisionHistoryLimit: optional(integer("Old revisions to keep. Default 10.")),
    configurationOverrides: optional(
      object("What is different in this environment.", {
        application: optional(application),
        dependencies: optional(object("Has no fields.", {})),
        endpointTemplates: optional(list("Has no fields.", object("Has no fields.", {}))),
      }),
    ),
  }),
  specRequired: true,
  status: object("What the controller found.", {
    ...statusFields,
    artifactGeneration: optional(long("Generation of the DeployableArtifact that Ready is about.")),
    dataPlane: optional(string("Object name of the DataPlane that Ready is about.")),
  }),
  columns: [
    { name: "Artifact", type: "string", jsonPath: ".spec.deploymentArtifactRef" },
    ...conditionColumns("Ready"),
    columns.environment,
    columns.component,
    columns.age,
  ],
});

export const endpoint = defineKind({
  kind: "Endpoint",
  plural: "endpoints",
  shortNames: [],
  scope: "Namespaced",
  description: "One way into a deployed component.",
  spec: endpointSpec,
  specRequired: true,
  status: object("How it is reached.", {
    ...statusFields,
    address: optional(string("URL, with the port of this machine.")),
    addresses: optional(
      list(
        "Every URL.",
        object("One URL.", { visibility: string("public, organization or project."), url: string("The URL.") }),
      ),
    ),
  }),
  columns: [
    { name: "Address", type: "string", jsonPath: ".status.address" },
    ...conditionColumns("Ready"),
    columns.environment,
    columns.component,
    columns.age,
  ],
});

export const configurationGroup = defineKind({
  kind: "ConfigurationGroup",
  plural: "configurationgroups",
  shortNames: ["configgrp"],
  scope: "Namespaced",
  categories: ["choreo", "all"],
  description: "Configuration that differs between environments.",
  spec: object("The values.", {
    scope: optional(map("Kept, not acted on.", string("Value."), { default: {} })),
    environmentGroups: optional(
      list(
        "Names for sets of environments.",
        object("One set.", {
          name: string("Its name."),
          environments: list("Environments in it.", string("Name of an Environment.")),
        }),
      ),
    ),
    configurations: list(
      "Keys with their values.",
      object("One key.", {
        key: string("The key."),
        values: list(
          "Values; the first that fits an environment is taken.",
          object(
            "One value.",
            {
              environmentGroupRef: optional(string("Set of environments it holds in.")),
              environment: optional(string("Environment it holds in.")),
              value: optional(string("The value in plain text.")),
              vaultKey: optional(string("Where the secret value is.")),
            },
            [
              {
                rule: "has(self.environment) != has(self.environmentGroupRef)",
                message: "exactly one of environment and environmentGroupRef is needed",
              },
              { rule: "has(self.value) != has(self.vaultKey)", message: "exactly one of value and vaultKey is needed" },
            ],
          ),
          { maxItems: 64 },
        ),
      }),
      { maxItems: 256 },
    ),
  }),
  specRequired: false,
  status: plainStatus,
  columns: [
    { name: "DisplayName", type: "string", jsonPath: ".metadata.annotations.core\\.choreo\\.dev/display-name" },
    columns.organization,
    columns.age,
  ],
});
