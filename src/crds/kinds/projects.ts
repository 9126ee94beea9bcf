import { buildConfiguration, buildEnvironment, columns, conditionColumns, defineKind, plainStatus } from "../kind.ts";
import { boolean, object, optional, string } from "../schema.ts";

export const project = defineKind({
  kind: "Project",
  plural: "projects",
  shortNames: ["proj", "projs"],
  scope: "Namespaced",
  description: "Components that belong together and may reach each other.",
  spec: object("Its pipeline.", { deploymentPipelineRef: string("Name of its DeploymentPipeline.") }),
  specRequired: false,
  status: plainStatus,
  columns: [
    ...conditionColumns("Created"),
    { name: "Pipeline", type: "string", jsonPath: ".spec.deploymentPipelineRef" },
    columns.organization,
    columns.age,
  ],
});

export const component = defineKind({
  kind: "Component",
  plural: "components",
  shortNames: ["comp", "comps"],
  scope: "Namespaced",
  description: "A deployable unit of a project.",
  spec: object("What it is and where it comes from.", {
    type: optional(
      string("Service, WebApplication, ScheduledTask or ManualTask; others are kept and said to be unsupported."),
    ),
    source: optional(
      object("Where it comes from.", {
        gitRepository: optional(
          object("A Git repository.", {
            url: string("Its URL."),
            authentication: optional(object("Credentials.", { secretRef: string("Name of the Secret.") })),
          }),
        ),
        containerRegistry: optional(
          object("Images made elsewhere.", {
            imageName: optional(string("Registry and repository, without a tag.")),
            authentication: optional(object("Credentials.", { secretRef: optional(string("Name of the Secret.")) })),
          }),
        ),
        local: optional(object("A folder on the developer's machine.", { path: string("Its path.") })),
      }),
    ),
  }),
  specRequired: false,
  status: plainStatus,
  columns: [
    { name: "Type", type: "string", jsonPath: ".spec.type" },
    ...conditionColumns("Created"),
    columns.project,
    columns.organization,
    columns.age,
  ],
});

export const deploymentTrack = defineKind({
  kind: "DeploymentTrack",
  plural: "deploymenttracks",
  shortNames: ["deptrack", "deptracks"],
  scope: "Namespaced",
  description: "A line of versions of a component.",
  spec: object("How its versions come to be.", {
    autoDeploy: optional(boolean("Whether a finished build is deployed to the first environment.")),
    buildTemplateSpec: optional(
      object("Defaults of its builds.", {
        branch: string("Branch."),
        path: string("Folder in the source."),
        buildConfiguration: optional(buildConfiguration),
        buildEnvironment,
      }),
    ),
  }),
  specRequired: false,
  status: plainStatus,
  columns: [...conditionColumns("Available"), columns.component, columns.project, columns.organization, columns.age],
});
