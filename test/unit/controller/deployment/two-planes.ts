import { createDeploymentReconciler } from "../../../../src/controller/deployment/reconciler.ts";
import { createEndpointReconciler } from "../../../../src/controller/endpoint/reconciler.ts";
import { hierarchyReconcilers } from "../../../../src/controller/reconcilers/index.ts";
import type { ControllerSettings } from "../../../../src/controller/reconciler.ts";
import type { AnyObject } from "../../../../src/k8s/types.ts";
import { resourcesOf, type Resources } from "../../../helpers/choreo-resources.ts";
import { createMemoryCluster, type MemoryCluster } from "../../../helpers/memory-cluster.ts";
import { applyAll, conditionOf, runController, type TestController } from "../../../helpers/running-controller.ts";

/** Path of the component that {@link cart} makes. */
export const PATH = ["shop", "cart", "cart-main"] as const;

export interface World {
  readonly make: Resources;
  readonly control: MemoryCluster;
  readonly data: MemoryCluster;
  readonly controller: TestController;
  apply(...objects: readonly AnyObject[]): Promise<void>;
  /** Condition of the only object of a kind, or of the named one. */
  condition(kind: string, type: string, name?: string): string;
}

export interface WorldOptions {
  readonly organization?: string;
  readonly settings?: Partial<ControllerSettings>;
  /** Kinds that the data plane does not know. */
  readonly unknownKinds?: readonly string[];
  readonly data?: MemoryCluster;
  readonly planes?: Readonly<Record<string, MemoryCluster>>;
}

/** A control plane and a data plane in memory, with the whole controller between them. */
export const startWorld = async (options: WorldOptions = {}): Promise<World> => {
  const { organization = "default-org", settings, unknownKinds = [], planes = {} } = options;
  const control = createMemoryCluster();
  const data = options.data ?? createMemoryCluster({ unknownKinds });
  const clients = Object.entries(planes).map(([server, { client }]) => [server, client] as const);
  const controller = await runController(control.client, {
    reconcilers: [...hierarchyReconcilers, createDeploymentReconciler(), createEndpointReconciler()],
    planes: { "https://data.test": data.client, ...Object.fromEntries(clients) },
    settings: {
      ensureImage: async () => undefined,
      gatewayPort: () => 8443,
      secrets: { mode: "local", lookup: async () => undefined },
      pullRegistry: "choreo-registry:5000",
      ...settings,
    },
  });
  const make = resourcesOf(organization);
  return {
    make,
    control,
    data,
    controller,
    apply: (...objects) => applyAll(control.client, objects),
    condition: (kind, type, name) => {
      const found = control.objects(kind).find(({ metadata }) => name === undefined || metadata.name === name);
      return conditionOf(found, type);
    },
  };
};

/** Everything that one component needs, parents first. */
export const cart = (make: Resources, type = "Service"): AnyObject[] => [
  make.organization(),
  make.dataPlane("plane"),
  make.environment("dev", "plane"),
  make.environment("prod", "plane"),
  make.pipeline("pipeline", ["dev", "prod"]),
  make.project("shop", "pipeline"),
  make.component("cart", "shop", type),
  make.track("cart-main", "shop", "cart"),
  artifact(make, { endpointTemplates: [{ metadata: { name: "api" }, spec: { type: "REST", service: { port: 80 } } }] }),
  make.deployment("cart-dev", PATH, { environment: "dev", artifact: "cart-1" }),
];

/** The artifact of the component with a configuration. */
export const artifact = (make: Resources, configuration: object, name = "cart-1"): AnyObject => {
  const made = make.artifact(name, PATH);
  return { ...made, spec: { ...(made["spec"] as object), configuration } };
};

/** A ConfigurationGroup with values for every environment. */
export const configurationGroup = (make: Resources, name: string, values: Record<string, object>): AnyObject => ({
  ...make.project(name, ""),
  kind: "ConfigurationGroup",
  spec: {
    environmentGroups: [{ name: "all", environments: ["dev", "prod"] }],
    configurations: Object.entries(values).map(([key, value]) => ({
      key,
      values: [{ environmentGroupRef: "all", ...value }],
    })),
  },
});

/** What a kubelet and the Deployment controller of the data plane would write once all pods run. */
export const letRun = (data: MemoryCluster): void => {
  for (const workload of data.objects("Deployment")) {
    const { generation } = workload.metadata;
    data.put({
      ...workload,
      status: { observedGeneration: generation, replicas: 1, updatedReplicas: 1, availableReplicas: 1 },
    });
  }
};

/** A pod of the workload, in a state. */
export const putPod = (data: MemoryCluster, name: string, status: object): void => {
  const [workload] = [...data.objects("Deployment"), ...data.objects("CronJob")];
  const { labels = {}, namespace = "" } = workload?.metadata ?? {};
  const { template } = (workload?.["spec"] ?? {}) as { template?: { spec?: object } };
  data.put({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace, labels: { ...labels, "pod-template-hash": "a1" } },
    spec: template?.spec ?? {},
    status,
  });
};

/** What a gateway writes about every route that is open. */
export const letGatewayAccept = (data: MemoryCluster, conditions: readonly object[] = ACCEPTED): void => {
  for (const route of [...data.objects("HTTPRoute"), ...data.objects("GRPCRoute")]) {
    const { parentRefs } = route["spec"] as { parentRefs: { name: string }[] };
    data.put({
      ...route,
      status: { parents: parentRefs.map((parentRef) => ({ parentRef, controllerName: "test/gateway", conditions })) },
    });
  }
};

const ACCEPTED = ["Accepted", "ResolvedRefs"].map((type) => ({ type, status: "True", reason: type, message: "" }));

/** Image of a workload's container. */
export const imageOf = (workload: AnyObject | undefined): unknown =>
  (workload?.["spec"] as { template: { spec: { containers: { image: string }[] } } } | undefined)?.template.spec
    .containers[0]?.image;

export const deleteDeployment = (control: MemoryCluster, name: string): Promise<boolean> =>
  control.client.delete({ apiVersion: "core.choreo.dev/v1", kind: "Deployment", name, namespace: "default-org" });
