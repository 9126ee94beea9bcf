import { endpointSpec } from "../endpoint-spec.ts";
import {
  application,
  buildConfiguration,
  buildEnvironment,
  columns,
  conditionColumns,
  defineKind,
  plainStatus,
  statusFields,
} from "../kind.ts";
import { boolean, list, map, object, optional, string } from "../schema.ts";

export const build = defineKind({
  kind: "Build",
  plural: "builds",
  shortNames: [],
  scope: "Namespaced",
  description: "One run of the build plane: source to image.",
  spec: object("What is built and how.", {
    branch: optional(string("Branch. Default: the repository's own.")),
    gitRevision: optional(string("Full commit hash; wins over the branch.")),
    path: optional(string("Folder in the source.")),
    autoBuild: optional(boolean("Kept, not acted on.")),
    source: optional(
      object("Source that does not come from the component's repository.", {
        artifact: optional(string("OCI reference with a digest of a working tree in the platform's registry.")),
      }),
    ),
    buildConfiguration,
    buildEnvironment,
  }),
  specRequired: true,
  status: object("How the build went.", {
    ...statusFields,
    steps: optional(
      list(
        "Steps that have begun, in their order.",
        object("One step.", {
          name: string("clone, test, build or push."),
          startedAt: string("When it began."),
          finishedAt: optional(string("When it ended.")),
        }),
      ),
    ),
    imageStatus: optional(
      object("The image.", { image: string("Repository with tag and digest, without the registry's host.") }),
    ),
  }),
  columns: [
    ...conditionColumns("Completed"),
    { name: "Image", type: "string", jsonPath: ".status.imageStatus.image", priority: 1 },
    columns.component,
    columns.project,
    columns.age,
  ],
});

const endpointTemplate = object("One endpoint of the component.", {
  metadata: object("Name, labels and annotations of the Endpoint.", {
    name: optional(string("Name.")),
    labels: optional(map("Labels.", string("Value."))),
    annotations: optional(map("Annotations.", string("Value."))),
  }),
  spec: endpointSpec,
});

export const deployableArtifact = defineKind({
  kind: "DeployableArtifact",
  plural: "deployableartifacts",
  shortNames: [],
  scope: "Namespaced",
  description: "An image together with how it is run: what environments have in common.",
  spec: object("Image and configuration.", {
    targetArtifact: object(
      "The image.",
      {
        fromBuildRef: optional(
          object("Made by a build.", {
            name: optional(string("Object name of the Build.")),
            gitRevision: optional(string("Not supported.")),
          }),
        ),
        fromImageRef: optional(
          object("Made elsewhere.", {
            tag: optional(string("Tag of the component's image.")),
            skipVersionValidation: optional(boolean("Kept, not acted on.")),
          }),
        ),
      },
      [
        {
          rule: "has(self.fromBuildRef) != has(self.fromImageRef)",
          message: "exactly one of fromBuildRef and fromImageRef is needed",
        },
      ],
    ),
    configuration: optional(
      object("How it is run.", {
        endpointTemplates: optional(list("What it offers.", endpointTemplate)),
        dependencies: optional(object("Has no fields.", {})),
        application: optional(application),
      }),
    ),
  }),
  specRequired: true,
  status: plainStatus,
  columns: [...conditionColumns("Available"), columns.component, columns.project, columns.age],
});
