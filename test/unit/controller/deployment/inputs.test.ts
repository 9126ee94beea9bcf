import { describe, expect, test } from "vitest";
import type { AnyObject } from "../../../../src/k8s/types.ts";
import type { Resources } from "../../../helpers/choreo-resources.ts";
import { createMemoryCluster } from "../../../helpers/memory-cluster.ts";
import { artifact, cart, configurationGroup, imageOf, letRun, PATH, startWorld } from "./two-planes.ts";

describe("the image of a Deployment", () => {
  const built = (make: Resources): AnyObject => ({
    ...artifact(make, {}),
    spec: { targetArtifact: { fromBuildRef: { name: "build-1" } } },
  });

  test("of a build is pulled from the platform's registry once the build has pushed it", async () => {
    const world = await startWorld();
    await world.apply(...cart(world.make).filter(({ kind }) => kind !== "DeployableArtifact"));
    await expect.poll(() => world.condition("Deployment", "ArtifactResolved")).toContain("ArtifactNotFound");
    await world.apply(built(world.make));
    await expect.poll(() => world.condition("Deployment", "ArtifactResolved")).toContain("ArtifactBuildNotFound");
    await world.apply(world.make.build("build-1", PATH));
    await expect.poll(() => world.condition("Deployment", "ArtifactResolved")).toContain("ArtifactBuildNotReady");
    const image = "shop-cart:1@sha256:abc";
    await world.control.client.mergePatch(
      { apiVersion: "core.choreo.dev/v1", kind: "Build", name: "build-1", namespace: "default-org" },
      { status: { imageStatus: { image } } },
      { subresource: "status" },
    );
    await expect.poll(() => world.data.objects("Deployment").map(imageOf)).toEqual([`choreo-registry:5000/${image}`]);
  });

  test("that could not be provided is warned about, and the pods get their chance", async () => {
    const ensureImage = async (): Promise<void> => {
      throw new Error("no space left");
    };
    const world = await startWorld({ settings: { ensureImage } });
    await world.apply(...cart(world.make));
    await expect.poll(() => world.data.objects("Deployment")).toHaveLength(1);
    await expect.poll(() => world.condition("Deployment", "ImageNotProvided")).toBe("True");
    expect(world.control.objects("Event").map((event) => event["reason"])).toContain("ImageNotProvided");
  });

  test("is waited for while it is on its way, and nothing else is", async () => {
    let arrive: () => void = () => undefined;
    const image = new Promise<void>((resolve) => (arrive = resolve));
    const world = await startWorld({ settings: { ensureImage: () => image } });
    await world.apply(...cart(world.make));
    await expect.poll(() => world.data.objects("Service")).toHaveLength(1);
    await expect.poll(() => world.control.objects("Endpoint")).toHaveLength(1);
    expect(world.data.objects("Deployment")).toEqual([]);
    await expect.poll(() => world.condition("Deployment", "Ready"), { timeout: 5000 }).toContain("is being copied");
    arrive();
    await expect.poll(() => world.data.objects("Deployment")).toHaveLength(1);
  });
});

describe("the configuration of a Deployment", () => {
  const useGroup = { application: { envFrom: [{ configurationGroupRef: { name: "redis" } }] } };

  test("is taken from the group as soon as it is there, and followed when it changes", async () => {
    const world = await startWorld();
    await world.apply(...cart(world.make), artifact(world.make, useGroup));
    await expect.poll(() => world.condition("Deployment", "Ready")).toContain("ConfigurationGroupNotFound");
    await world.apply(configurationGroup(world.make, "redis", { host: { value: "a" } }));
    await expect.poll(() => world.data.objects("ConfigMap").map((map) => map["data"])).toEqual([{ host: "a" }]);
    const [before] = world.data.objects("Deployment");
    await world.apply(configurationGroup(world.make, "redis", { host: { value: "b" } }));
    await expect.poll(() => world.data.objects("ConfigMap").map((map) => map["data"])).toEqual([{ host: "b" }]);
    await expect
      .poll(() => world.data.objects("Deployment")[0]?.metadata.generation)
      .toBe((before?.metadata.generation ?? 0) + 1);
  });

  test("is followed where only a file uses it", async () => {
    const world = await startWorld();
    const fileMountsFrom = [{ configurationGroupRef: { name: "redis", mountPath: "/etc/redis" } }];
    await world.apply(...cart(world.make), artifact(world.make, { application: { fileMountsFrom } }));
    await world.apply(configurationGroup(world.make, "redis", { host: { value: "a" } }));
    await expect.poll(() => world.data.objects("ConfigMap")).toHaveLength(1);
  });

  test("warns of keys that have no value in the environment", async () => {
    const world = await startWorld();
    await world.apply(...cart(world.make), artifact(world.make, useGroup));
    await world.apply(configurationGroup(world.make, "redis", { host: { value: "a" }, port: { value: "" } }));
    await expect.poll(() => world.condition("Deployment", "ConfigurationKeyMissing")).toBe("True");
    await world.apply(configurationGroup(world.make, "redis", { host: { value: "a" }, port: { value: "1" } }));
    await expect.poll(() => world.condition("Deployment", "ConfigurationKeyMissing")).toBe("absent");
  });

  test("names the secret and the file that lacks it, and never the value of one", async () => {
    const secrets = new Map([["redis/user", "u-secret"]]);
    const settings = {
      secrets: { mode: "local", file: "choreo.secrets.yaml", lookup: async (key: string) => secrets.get(key) },
    } as const;
    const world = await startWorld({ settings });
    await world.apply(...cart(world.make), artifact(world.make, useGroup));
    const values = { user: { vaultKey: "redis/user" }, password: { vaultKey: "redis/password" } };
    await world.apply(configurationGroup(world.make, "redis", values));
    await expect
      .poll(() => world.condition("Deployment", "Ready"))
      .toBe('False: SecretMissing: choreo.secrets.yaml has no value for "redis/password"');
    secrets.set("redis/password", "p-secret");
    await world.apply({
      ...world.make.component("cart", "shop"),
      metadata: { ...world.make.component("cart", "shop").metadata, annotations: { touch: "1" } },
    });
    await expect.poll(() => world.data.objects("Secret")).toHaveLength(1);
    expect(world.data.objects("Secret")[0]).toMatchObject({
      data: { user: Buffer.from("u-secret").toString("base64"), password: Buffer.from("p-secret").toString("base64") },
    });
    const everything = JSON.stringify([
      world.control.objects("Deployment"),
      world.control.objects("Event"),
      world.controller.lines,
      world.data.objects("Deployment"),
    ]);
    expect(everything).not.toContain("p-secret");
  });

  test("does not repeat the secrets file when it cannot be read", async () => {
    const lookup = async (): Promise<string> => {
      throw new Error("line 1: hunter2");
    };
    const world = await startWorld({ settings: { secrets: { mode: "local", lookup } } });
    await world.apply(...cart(world.make), artifact(world.make, useGroup));
    await world.apply(configurationGroup(world.make, "redis", { password: { vaultKey: "redis/password" } }));
    await expect.poll(() => world.condition("Deployment", "Ready")).toContain("SecretMissing");
    expect(JSON.stringify([world.control.objects("Deployment"), world.controller.lines])).not.toContain("hunter2");
  });

  test("needs the CSI driver where secrets come from a vault", async () => {
    const secrets = { mode: "vault-csi", lookup: async () => undefined } as const;
    const world = await startWorld({ settings: { secrets }, unknownKinds: ["SecretProviderClass"] });
    await world.apply(...cart(world.make), artifact(world.make, useGroup));
    await world.apply(configurationGroup(world.make, "redis", { password: { vaultKey: "redis/password" } }));
    await expect.poll(() => world.condition("Deployment", "Ready")).toContain("SecretProviderMissing");
  });

  test("can differ in one environment", async () => {
    const world = await startWorld();
    const override = world.make.deployment("cart-dev", PATH, { environment: "dev", artifact: "cart-1" });
    const application = { args: ["--verbose"] };
    await world.apply(...cart(world.make));
    await world.apply({
      ...override,
      spec: { ...(override["spec"] as object), configurationOverrides: { application } },
    });
    await expect
      .poll(() => JSON.stringify(world.data.objects("Deployment")[0]?.["spec"]))
      .toContain('"args":["--verbose"]');
  });
});

describe("the endpoint templates of a Deployment", () => {
  test("are warned about when two have one name", async () => {
    const world = await startWorld();
    const spec = { type: "REST", service: { port: 80 } };
    const endpointTemplates = [
      { metadata: {}, spec },
      { metadata: {}, spec: { ...spec, service: { port: 81 } } },
    ];
    await world.apply(...cart(world.make), artifact(world.make, { endpointTemplates }));
    await expect.poll(() => world.condition("Deployment", "EndpointNameRepeated")).toBe("True");
    expect(world.control.objects("Endpoint").map((endpoint) => endpoint["spec"])).toEqual([spec]);
  });
});

describe("an environment of a Deployment", () => {
  test("that is not on the pipeline is warned about", async () => {
    const world = await startWorld();
    const pipeline = world.make.pipeline("pipeline", ["staging", "prod"]);
    await world.apply(...cart(world.make), pipeline);
    await expect.poll(() => world.condition("Deployment", "PromotionPathViolated")).toBe("True");
    await world.apply(world.make.pipeline("pipeline", ["dev", "prod"]));
    await expect.poll(() => world.condition("Deployment", "PromotionPathViolated")).toBe("absent");
    expect(world.data.objects("Deployment")).toHaveLength(1);
  });

  test("that moves to another data plane takes the workload along, when it runs there", async () => {
    const second = createMemoryCluster();
    const world = await startWorld({ planes: { "https://second.test": second } });
    await world.apply(...cart(world.make), world.make.dataPlane("second", "https://second.test"));
    await expect.poll(() => world.data.objects("Deployment")).toHaveLength(1);
    await world.apply(world.make.environment("dev", "second"));
    await expect.poll(() => second.objects("Deployment")).toHaveLength(1);
    expect(world.data.objects("Deployment")).toHaveLength(1);
    letRun(second);
    await expect.poll(() => world.data.objects("Deployment"), { timeout: 3000 }).toEqual([]);
    expect(world.data.objects("Service")).toEqual([]);
    expect(world.data.objects("CiliumNetworkPolicy")).toHaveLength(1);
  });

  test("gets a plain NetworkPolicy on a data plane without Cilium", async () => {
    const world = await startWorld({ unknownKinds: ["CiliumNetworkPolicy"] });
    world.data.put({
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: "node" },
      spec: { podCIDRs: ["10.7.0.0/24"] },
      status: { addresses: [{ type: "InternalIP", address: "172.18.0.2" }] },
    });
    await world.apply(...cart(world.make));
    await expect.poll(() => world.data.objects("NetworkPolicy")).toHaveLength(1);
    expect(JSON.stringify(world.data.objects("NetworkPolicy")[0])).toContain(
      '"except":["10.7.0.0/24","172.18.0.2/32"]',
    );
  });
});
