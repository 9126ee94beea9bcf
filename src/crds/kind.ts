import type { Rule, Schema } from "./schema.ts";
import { boolean, integer, list, long, object, oneOf, optional, string } from "./schema.ts";

export const GROUP = "core.choreo.dev";
export const VERSION = "v1";

export interface Column {
  readonly name: string;
  readonly type: "string" | "date" | "integer";
  readonly jsonPath: string;
  readonly priority?: number;
}

/** Everything that defines a kind; `definitions.ts` turns it into a CustomResourceDefinition. */
export interface Kind<Spec = unknown, Status = unknown> {
  readonly kind: string;
  readonly plural: string;
  readonly shortNames: readonly string[];
  readonly scope: "Cluster" | "Namespaced";
  readonly categories?: readonly string[];
  readonly description: string;
  readonly spec: Schema<Spec>;
  readonly specRequired: boolean;
  readonly status: Schema<Status>;
  readonly columns: readonly Column[];
  readonly rules?: readonly Rule[];
}

/** Keeps the types of spec and status of the literal. */
export const defineKind = <Spec, Status>(kind: Kind<Spec, Status>): Kind<Spec, Status> => kind;

const condition = object("One aspect of the state, in Kubernetes' standard form.", {
  type: string("Name of the aspect.", { maxLength: 316 }),
  status: oneOf("Whether it holds.", ["True", "False", "Unknown"]),
  reason: string("Machine-readable cause of the last change.", { minLength: 1, maxLength: 1024 }),
  message: string("The same for people.", { maxLength: 32_768 }),
  lastTransitionTime: string("When status changed last.", { format: "date-time" }),
  observedGeneration: optional(long("Generation of the object that this was seen for.")),
});

export const statusFields = {
  observedGeneration: optional(long("Generation that the controller saw last.")),
  conditions: optional(
    list("State in aspects.", condition, { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"] }),
  ),
};

export const plainStatus = object("What the controller found.", statusFields);

const label = (name: string): string => `.metadata.labels.core\\.choreo\\.dev/${name}`;
const conditionPath = (type: string, field = "status"): string => `.status.conditions[?(@.type=='${type}')].${field}`;

export const columns = {
  organization: { name: "Organization", type: "string", jsonPath: label("organization") },
  project: { name: "Project", type: "string", jsonPath: label("project") },
  component: { name: "Component", type: "string", jsonPath: label("component") },
  environment: { name: "Environment", type: "string", jsonPath: label("environment") },
  age: { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
} satisfies Record<string, Column>;

/** A column with a condition's status, and in wide output its reason. */
export const conditionColumns = (type: string): Column[] => [
  { name: type, type: "string", jsonPath: conditionPath(type) },
  { name: "Reason", type: "string", jsonPath: conditionPath(type, "reason"), priority: 1 },
];

export const kubernetesCluster = object("The cluster of this plane.", {
  name: string("Name of the cluster, for people."),
  credentials: object("How the controller reaches it. The certificates are base64 of PEM, as in a kubeconfig.", {
    apiServerURL: string("https URL of the API server, as seen by the controller."),
    caCert: string("Certificate authority of the API server."),
    clientCert: string("Client certificate."),
    clientKey: string("Key of the client certificate."),
  }),
});

export const probeStatusFields = {
  ...statusFields,
  lastProbeTime: optional(string("When the cluster was called last.", { format: "date-time" })),
  serverVersion: optional(string("Version that the API server answered.")),
};

const nameRef = (what: string) => object(what, { name: string(`Name of the ${what}.`) });
const keyRef = (what: string) => object(what, { name: string(`Name of the ${what}.`), key: string("Key in it.") });

const valueFrom = object("Where the value comes from.", {
  configurationGroupRef: optional(keyRef("ConfigurationGroup")),
  secretRef: optional(keyRef("Secret in the data plane")),
});

const mountRef = (what: string) =>
  object(what, { name: string(`Name of the ${what}.`), mountPath: string("Folder in the container.") });

/** How an image is run: used by DeployableArtifact and, as an override, by Deployment. */
export const application = object("How the image is run.", {
  args: optional(list("Arguments of the container.", string("One argument."))),
  env: optional(
    list(
      "Environment variables.",
      object("One variable.", {
        key: string("Its name."),
        value: optional(string("Its value.")),
        valueFrom: optional(valueFrom),
      }),
    ),
  ),
  envFrom: optional(
    list(
      "Sources of which every key becomes a variable.",
      object("One source.", {
        configurationGroupRef: optional(nameRef("ConfigurationGroup")),
        secretRef: optional(nameRef("Secret in the data plane")),
      }),
    ),
  ),
  fileMounts: optional(
    list(
      "Files in the container.",
      object("One file.", {
        mountPath: string("Its path."),
        value: optional(string("Its content.")),
        valueFrom: optional(valueFrom),
      }),
    ),
  ),
  fileMountsFrom: optional(
    list(
      "Sources of which every key becomes a file.",
      object("One source.", {
        configurationGroupRef: optional(mountRef("ConfigurationGroup")),
        secretRef: optional(mountRef("Secret in the data plane")),
      }),
    ),
  ),
  resourceLimits: optional(
    object("Requests and limits of the container.", {
      cpu: optional(string("Like 500m.")),
      memory: optional(string("Like 256Mi.")),
    }),
  ),
  probes: optional(
    object("Probes of the container.", {
      readinessProbe: optional(anythingProbe("Whether it takes requests")),
      livenessProbe: optional(anythingProbe("Whether it has to be restarted")),
    }),
  ),
  scaling: optional(
    object("How many instances run.", {
      hpa: optional(
        object("By load.", {
          minReplicas: optional(integer("At least.")),
          maxReplicas: optional(integer("At most.")),
          cpuThreshold: optional(integer("Percent of the requested processor time.")),
          memoryThreshold: optional(integer("Percent of the requested memory.")),
        }),
      ),
      s2z: optional(
        object("Down to none. Accepted and not acted on.", {
          maxReplicas: optional(integer("At most.")),
          queueLength: optional(integer("Waiting requests per instance.")),
        }),
      ),
    }),
  ),
  task: optional(
    object("When a task runs.", {
      disabled: optional(boolean("True keeps its schedule but does not run it.")),
      schedule: optional(
        object("Its schedule.", {
          cron: string("Cron expression."),
          timezone: optional(string("IANA name. Default Etc/UTC.")),
        }),
      ),
    }),
  ),
});

function anythingProbe(what: string) {
  const action = (name: string): Schema<Record<string, unknown>> => ({
    json: {
      type: "object",
      description: `${name} action of core/v1 Probe.`,
      "x-kubernetes-preserve-unknown-fields": true,
    },
  });
  return object(`${what}; a core/v1 Probe.`, {
    exec: optional(action("exec")),
    grpc: optional(action("grpc")),
    httpGet: optional(action("httpGet")),
    tcpSocket: optional(action("tcpSocket")),
    initialDelaySeconds: optional(integer("Seconds before the first probe.")),
    periodSeconds: optional(integer("Seconds between probes.")),
    timeoutSeconds: optional(integer("Seconds until a probe counts as failed.")),
    successThreshold: optional(integer("Successes in a row that count.")),
    failureThreshold: optional(integer("Failures in a row that count.")),
    terminationGracePeriodSeconds: optional(long("Seconds to end after a failed probe.")),
  });
}

/** Variables and Secrets of a build. */
export const buildEnvironment = optional(
  object("Environment of the build.", {
    env: optional(
      list("Variables.", object("One variable.", { name: string("Its name."), value: string("Its value.") })),
    ),
    envFrom: optional(
      list("Secrets with variables.", object("One source.", { secretRef: string("Name of the Secret.") })),
    ),
  }),
);

/** How an image is built: the same in a Build and in the template of a DeploymentTrack. */
export const buildConfiguration = object("How the image is built. A buildpack wins over docker.", {
  docker: optional(
    object("By a Dockerfile.", {
      context: string("Build context, from the root of the source."),
      dockerfilePath: string("Path of the Dockerfile, from the root of the source."),
    }),
  ),
  buildpack: optional(
    object("By a buildpack.", {
      name: oneOf("Language.", ["React", "Go", "Ballerina", "Node.js", "Python", "Ruby", "PHP"]),
      version: optional(string("Version of the language.")),
    }),
  ),
  workflowTemplate: optional(
    object("By a WorkflowTemplate of the user's own in the build plane.", {
      name: string("Its name."),
      parameters: optional(
        list(
          "Parameters handed to it.",
          object("One parameter.", { name: string("Its name."), value: string("Its value.") }),
        ),
      ),
    }),
  ),
});
