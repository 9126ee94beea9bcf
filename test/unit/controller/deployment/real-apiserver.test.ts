import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDeploymentReconciler } from "../../../../src/controller/deployment/reconciler.ts";
import { createEndpointReconciler } from "../../../../src/controller/endpoint/reconciler.ts";
import { hierarchyReconcilers } from "../../../../src/controller/reconcilers/index.ts";
import { installCrds } from "../../../../src/crds/install.ts";
import { CHOREO_API } from "../../../../src/crds/labels.ts";
import type { KubeClient } from "../../../../src/k8s/client.ts";
import { connect } from "../../../../src/k8s/connect.ts";
import type { AnyObject, TypeRef } from "../../../../src/k8s/types.ts";
import { resourcesOf } from "../../../helpers/choreo-resources.ts";
import { hasKubeApiserver, type RealApiserver, startKubeApiserver } from "../../../helpers/kube-apiserver.ts";
import {
  applyAll,
  conditionOf,
  randomName,
  runController,
  type TestController,
} from "../../../helpers/running-controller.ts";
import { artifact, cart, configurationGroup } from "./two-planes.ts";

const SLOW = { timeout: 20_000, interval: 100 };
const APPS: TypeRef = { apiVersion: "apps/v1", kind: "Deployment" };
const CONFIG_MAP: TypeRef = { apiVersion: "v1", kind: "ConfigMap" };
const HTTP_ROUTE: TypeRef = { apiVersion: "gateway.networking.k8s.io/v1", kind: "HTTPRoute" };

/** A definition that takes everything: what is tested is our side of it. */
const anyKind = ({ apiVersion, kind }: TypeRef): AnyObject => {
  const [group = "", version = ""] = apiVersion.split("/");
  const plural = kind === "CiliumNetworkPolicy" ? "ciliumnetworkpolicies" : `${kind.toLowerCase()}s`;
  const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: `${plural}.${group}`,
      annotations: { "api-approved.kubernetes.io": "unapproved, for a test" },
    },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [{ name: version, served: true, storage: true, schema, subresources: { status: {} } }],
    },
  };
};

describe.skipIf(!hasKubeApiserver)("deployments on a real kube-apiserver (needs its binaries)", () => {
  let server: RealApiserver;
  let client: KubeClient;

  beforeAll(async () => {
    server = await startKubeApiserver();
    client = connect(server.endpoint);
    await client.apply(anyKind(HTTP_ROUTE));
    await installCrds(client, { signal: AbortSignal.timeout(60_000), progress: () => undefined });
  });
  afterAll(async () => {
    client.close();
    await server.stop();
  });

  /** The same server is control plane and data plane. */
  const start = async (): Promise<TestController> =>
    await runController(client, {
      planes: { "https://data.test": connect(server.endpoint) },
      reconcilers: [...hierarchyReconcilers, createDeploymentReconciler(), createEndpointReconciler()],
      settings: {
        ensureImage: async () => undefined,
        gatewayPort: () => 8443,
        secrets: { mode: "local", lookup: async () => "value" },
        pullRegistry: "choreo-registry:5000",
      },
    });

  const own = async (type: TypeRef, organization: string): Promise<AnyObject[]> =>
    (await client.list(type, { labelSelector: `organization-name=${organization}` })).items;
  const condition = async (kind: string, organization: string, type: string): Promise<string> => {
    const { items } = await client.list({ apiVersion: CHOREO_API, kind }, { namespace: organization });
    return conditionOf(items[0], type);
  };
  const letRun = async (organization: string): Promise<void> => {
    for (const { metadata } of await own(APPS, organization)) {
      const { name, namespace, generation } = metadata;
      const status = {
        observedGeneration: generation,
        replicas: 1,
        updatedReplicas: 1,
        availableReplicas: 1,
        readyReplicas: 1,
      };
      await client.mergePatch({ ...APPS, name, namespace }, { status }, { subresource: "status" });
    }
  };

  const everything = {
    endpointTemplates: [{ metadata: { name: "api" }, spec: { type: "REST", service: { port: 80, basePath: "/v1" } } }],
    application: {
      args: ["serve"],
      env: [
        { key: "MODE", value: "fast" },
        { key: "TOKEN", valueFrom: { secretRef: { name: "github", key: "token" } } },
      ],
      envFrom: [{ configurationGroupRef: { name: "redis" } }, { secretRef: { name: "more" } }],
      fileMounts: [{ mountPath: "/app/config.json", value: "{}" }],
      fileMountsFrom: [{ configurationGroupRef: { name: "redis", mountPath: "/etc/redis" } }],
      resourceLimits: { cpu: "100m", memory: "64Mi" },
      probes: { readinessProbe: { httpGet: { path: "/", port: 80 } } },
      scaling: { hpa: { maxReplicas: 3, cpuThreshold: 70 } },
    },
  };

  test("every rendered object is one that the API server takes and keeps", async () => {
    const organization = randomName("real");
    const make = resourcesOf(organization);
    const controller = await start();
    const redis = configurationGroup(make, "redis", { host: { value: "a" }, password: { vaultKey: "p" } });
    await applyAll(client, [...cart(make), redis, artifact(make, everything)]);
    await expect.poll(() => own(APPS, organization), SLOW).toHaveLength(1);
    await expect.poll(() => own(HTTP_ROUTE, organization), SLOW).toHaveLength(1);
    await expect
      .poll(() => own({ apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler" }, organization), SLOW)
      .toHaveLength(1);
    await letRun(organization);
    await expect.poll(() => condition("Deployment", organization, "Ready"), SLOW).toBe("True");
    const [workload] = await own(APPS, organization);
    await applyAll(client, [{ ...redis, metadata: { ...redis.metadata, annotations: { touched: "yes" } } }]);
    await expect.poll(() => controller.stats().running + controller.stats().queued, SLOW).toBe(0);
    expect((await own(APPS, organization))[0]?.metadata.generation).toBe(workload?.metadata.generation);
    expect(controller.errors).toEqual([]);
  });

  test("tasks become CronJobs", async () => {
    const organization = randomName("task");
    const make = resourcesOf(organization);
    await start();
    const task = { application: { task: { schedule: { cron: "*/5 * * * *", timezone: "Asia/Colombo" } } } };
    await applyAll(client, [...cart(make, "ScheduledTask"), artifact(make, task)]);
    await expect.poll(() => condition("Deployment", organization, "Ready"), SLOW).toBe("True");
    const [job] = await own({ apiVersion: "batch/v1", kind: "CronJob" }, organization);
    expect(job?.["spec"]).toMatchObject({ suspend: false, timeZone: "Asia/Colombo", concurrencyPolicy: "Forbid" });
  });

  test("the words of the API server reach the condition when it refuses an object", async () => {
    const organization = randomName("refused");
    const make = resourcesOf(organization);
    await start();
    const application = { resourceLimits: { cpu: "a lot" } };
    await applyAll(client, [...cart(make), artifact(make, { application })]);
    await expect.poll(() => condition("Deployment", organization, "Ready"), SLOW).toMatch(/ApplyFailed: .*quantities/);
  });

  test("what is removed from an artifact is removed from the data plane, fields included", async () => {
    const organization = randomName("less");
    const make = resourcesOf(organization);
    await start();
    const redis = configurationGroup(make, "redis", { host: { value: "a" } });
    await applyAll(client, [...cart(make), redis, artifact(make, everything)]);
    await expect.poll(() => own(CONFIG_MAP, organization), SLOW).toHaveLength(2);
    const ref = { apiVersion: CHOREO_API, kind: "DeployableArtifact", name: "cart-1", namespace: organization };
    await client.mergePatch(ref, { spec: { configuration: { application: null } } });
    await expect.poll(() => own(CONFIG_MAP, organization), SLOW).toEqual([]);
    const [workload] = await own(APPS, organization);
    expect(JSON.stringify(workload?.["spec"])).not.toMatch(/readinessProbe|volumeMounts|MODE|"serve"/);
    expect(await own({ apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler" }, organization)).toEqual([]);
  });

  test("the policy is Cilium's as soon as the data plane knows it", async () => {
    const cilium = { apiVersion: "cilium.io/v2", kind: "CiliumNetworkPolicy" };
    const plain = { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" };
    await start();
    const before = randomName("plain");
    await applyAll(client, cart(resourcesOf(before)));
    await expect.poll(() => own(plain, before), SLOW).toHaveLength(1);
    await client.apply(anyKind(cilium));
    await expect.poll(() => client.hasKind(cilium), SLOW).toBe(true);
    const after = randomName("cilium");
    await applyAll(client, cart(resourcesOf(after)));
    await expect.poll(() => own(cilium, after), SLOW).toHaveLength(1);
    expect(await own(plain, after)).toEqual([]);
  });

  test("a deleted Deployment leaves nothing of its own", async () => {
    const organization = randomName("gone");
    const make = resourcesOf(organization);
    await start();
    const redis = configurationGroup(make, "redis", { host: { value: "a" }, password: { vaultKey: "p" } });
    await applyAll(client, [...cart(make), redis, artifact(make, everything)]);
    await expect.poll(() => own(HTTP_ROUTE, organization), SLOW).toHaveLength(1);
    await client.delete({ apiVersion: CHOREO_API, kind: "Deployment", name: "cart-dev", namespace: organization });
    await expect
      .poll(
        async () =>
          (await client.list({ apiVersion: CHOREO_API, kind: "Deployment" }, { namespace: organization })).items,
        SLOW,
      )
      .toEqual([]);
    const kinds = [
      APPS,
      CONFIG_MAP,
      HTTP_ROUTE,
      { apiVersion: "v1", kind: "Secret" },
      { apiVersion: "v1", kind: "Service" },
    ];
    for (const kind of kinds) expect(await own(kind, organization)).toEqual([]);
  });
});
