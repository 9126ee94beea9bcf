import { describe, expect, test } from "vitest";
import type { AnyObject } from "../../../../src/k8s/types.ts";
import { resourcesOf } from "../../../helpers/choreo-resources.ts";
import { createMemoryCluster } from "../../../helpers/memory-cluster.ts";
import { applyAll } from "../../../helpers/running-controller.ts";
import {
  artifact,
  cart,
  deleteDeployment,
  letGatewayAccept,
  letRun,
  PATH,
  startWorld,
  type World,
} from "../deployment/two-planes.ts";

const API = { apiVersion: "core.choreo.dev/v1", namespace: "default-org" } as const;

const endpointTemplate = (name: string, spec: object): object => ({
  metadata: { name },
  spec: { type: "REST", service: { port: 80 }, ...spec },
});

const statusOf = (world: World, name?: string): Record<string, unknown> => {
  const found = world.control
    .objects("Endpoint")
    .find(({ metadata }) => name === undefined || metadata.name.startsWith(name));
  return (found?.["status"] ?? {}) as Record<string, unknown>;
};

const hostsOf = (routes: readonly AnyObject[]): unknown[] =>
  routes.map((route) => (route["spec"] as { hostnames: string[] }).hostnames[0]);

const deployed = async (spec: object = {}, options: Parameters<typeof startWorld>[0] = {}): Promise<World> => {
  const world = await startWorld(options);
  await world.apply(...cart(world.make), artifact(world.make, { endpointTemplates: [endpointTemplate("api", spec)] }));
  await expect.poll(() => world.control.objects("Endpoint")).toHaveLength(1);
  return world;
};

describe("an Endpoint", () => {
  test("is made from the template, belongs to the Deployment, and is Ready when the gateway serves it", async () => {
    const world = await deployed({ service: { port: 80, basePath: "/v1" } });
    const [deployment] = world.control.objects("Deployment");
    expect(world.control.objects("Endpoint")[0]).toMatchObject({
      metadata: {
        labels: {
          "core.choreo.dev/deployment": "cart-dev",
          "core.choreo.dev/name": "api",
          "core.choreo.dev/environment": "dev",
        },
        ownerReferences: [{ kind: "Deployment", uid: deployment?.metadata.uid, controller: true }],
      },
    });
    await expect.poll(() => world.data.objects("HTTPRoute")).toHaveLength(1);
    await expect.poll(() => world.condition("Endpoint", "Ready")).toContain("EndpointProgressing: gateway-external");
    letGatewayAccept(world.data);
    await expect.poll(() => world.condition("Endpoint", "Ready")).toBe("True");
    expect(statusOf(world)).toMatchObject({
      address: "https://dev.choreoapis.localhost:8443/shop/cart/v1",
      addresses: [{ visibility: "public" }, { visibility: "project" }],
    });
    expect(world.controller.errors).toEqual([]);
  });

  test("has the words of a gateway that does not take its route", async () => {
    const world = await deployed();
    await expect.poll(() => world.data.objects("HTTPRoute")).toHaveLength(1);
    letGatewayAccept(world.data, [
      { type: "Accepted", status: "True", reason: "Accepted" },
      { type: "ResolvedRefs", status: "False", reason: "BackendNotFound", message: "no Service cart" },
    ]);
    await expect
      .poll(() => world.condition("Endpoint", "Ready"))
      .toBe("False: BackendNotFound: gateway-external: no Service cart");
  });

  test("goes with its template, and follows it", async () => {
    const world = await deployed();
    await expect.poll(() => world.data.objects("HTTPRoute")).toHaveLength(1);
    const endpointTemplates = [endpointTemplate("web", { service: { port: 81 } })];
    await world.apply(artifact(world.make, { endpointTemplates }));
    await expect
      .poll(() => world.control.objects("Endpoint").map(({ metadata }) => metadata.labels?.["core.choreo.dev/name"]), {
        timeout: 3000,
      })
      .toEqual(["web"]);
    await expect.poll(() => JSON.stringify(world.data.objects("HTTPRoute")[0]?.["spec"])).toContain('"port":81');
    expect(world.data.objects("HTTPRoute")).toHaveLength(1);
  });

  test("is put back when somebody deletes it", async () => {
    const world = await deployed();
    const { name, uid } = world.control.objects("Endpoint")[0]!.metadata;
    await world.control.client.delete({ ...API, kind: "Endpoint", name });
    await expect
      .poll(() => world.control.objects("Endpoint").map(({ metadata }) => metadata.uid === uid), { timeout: 3000 })
      .toEqual([false]);
  });

  test("that asks for protection that the gateway cannot give is not opened", async () => {
    const world = await deployed();
    await expect.poll(() => world.data.objects("HTTPRoute")).toHaveLength(1);
    const protectedSpec = { apiSettings: { securitySchemes: ["oauth"] } };
    await world.apply(artifact(world.make, { endpointTemplates: [endpointTemplate("api", protectedSpec)] }));
    await expect.poll(() => world.condition("Endpoint", "Ready")).toContain("SecurityPolicyUnsupported");
    await expect.poll(() => world.data.objects("HTTPRoute")).toEqual([]);
    expect(statusOf(world)["addresses"]).toEqual([expect.objectContaining({ visibility: "project" })]);
  });

  test("for its project only is Ready without a route, and loses the one it had", async () => {
    const world = await deployed();
    await expect.poll(() => world.data.objects("HTTPRoute")).toHaveLength(1);
    await world.apply(
      artifact(world.make, { endpointTemplates: [endpointTemplate("api", { networkVisibilities: {} })] }),
    );
    await expect.poll(() => world.condition("Endpoint", "Ready")).toBe("True");
    expect(world.data.objects("HTTPRoute")).toEqual([]);
    expect(statusOf(world)["address"]).toMatch(/^http:\/\/cart-.*\.svc\.cluster\.local:80\/$/);
  });

  test("of type gRPC gets a GRPCRoute", async () => {
    const world = await deployed({ type: "gRPC" });
    await expect.poll(() => hostsOf(world.data.objects("GRPCRoute"))).toEqual(["cart-dev.choreoapis.localhost"]);
    letGatewayAccept(world.data);
    await expect.poll(() => world.condition("Endpoint", "Ready")).toBe("True");
    expect(world.data.objects("HTTPRoute")).toEqual([]);
  });

  test("says that its data plane has no gateway", async () => {
    const world = await deployed({}, { unknownKinds: ["HTTPRoute", "GRPCRoute"] });
    await expect.poll(() => world.condition("Endpoint", "Ready")).toContain("GatewayMissing");
  });

  test("follows its environment to another data plane", async () => {
    const second = createMemoryCluster();
    const world = await deployed({}, { planes: { "https://second.test": second } });
    await expect.poll(() => world.data.objects("HTTPRoute")).toHaveLength(1);
    await world.apply(world.make.dataPlane("second", "https://second.test"), world.make.environment("dev", "second"));
    await expect.poll(() => second.objects("HTTPRoute"), { timeout: 3000 }).toHaveLength(1);
    await expect.poll(() => second.objects("Deployment"), { timeout: 3000 }).toHaveLength(1);
    // What runs there goes on answering until its successor does.
    expect(world.data.objects("HTTPRoute")).toHaveLength(1);
    letRun(second);
    await expect.poll(() => world.data.objects("HTTPRoute"), { timeout: 3000 }).toEqual([]);
  });

  test("closes its routes before it goes, although everything above it is gone", async () => {
    const world = await deployed();
    await expect.poll(() => world.data.objects("HTTPRoute")).toHaveLength(1);
    for (const kind of ["Component", "Project", "DeploymentTrack"]) {
      const [object] = world.control.objects(kind);
      world.control.put({
        ...object!,
        metadata: { ...object!.metadata, finalizers: [], deletionTimestamp: "2030-01-01T00:00:00Z" },
      });
    }
    await deleteDeployment(world.control, "cart-dev");
    await expect.poll(() => world.control.objects("Endpoint"), { timeout: 5000 }).toEqual([]);
    expect(world.data.objects("HTTPRoute")).toEqual([]);
  });
});

describe("two Endpoints that want one host and path", () => {
  /** A second endpoint of the same component: Services have their path by project and component. */
  const twice = (world: World): AnyObject =>
    artifact(world.make, { endpointTemplates: [endpointTemplate("api", {}), endpointTemplate("other", {})] });

  test("are in conflict: the older one has the route, the younger says who", async () => {
    const world = await deployed();
    await world.apply(twice(world));
    await expect.poll(() => world.control.objects("Endpoint")).toHaveLength(2);
    await expect
      .poll(() =>
        world.control.objects("Endpoint").map(({ metadata }) => world.condition("Endpoint", "Ready", metadata.name)),
      )
      .toContainEqual(
        expect.stringMatching(
          /RouteConflict: dev\.choreoapis\.localhost\/shop\/cart belongs to Endpoint default-org\/cart-dev-api-/,
        ),
      );
    expect(world.data.objects("HTTPRoute")).toHaveLength(1);
  });

  test("are no longer when the older one goes", async () => {
    const world = await deployed();
    await world.apply(twice(world));
    await expect.poll(() => world.control.objects("Endpoint")).toHaveLength(2);
    await world.apply(artifact(world.make, { endpointTemplates: [endpointTemplate("other", {})] }));
    await expect.poll(() => world.control.objects("Endpoint"), { timeout: 3000 }).toHaveLength(1);
    await expect
      .poll(() => world.data.objects("HTTPRoute").map(({ metadata }) => metadata.name))
      .toEqual([expect.stringContaining("-other-")]);
    letGatewayAccept(world.data);
    await expect.poll(() => world.condition("Endpoint", "Ready")).toBe("True");
  });

  test("are told apart by their hosts where they are in two organizations", async () => {
    const world = await deployed();
    const acme = resourcesOf("acme");
    await applyAll(world.control.client, [
      ...cart(acme),
      acme.deployment("cart-dev", PATH, { environment: "dev", artifact: "cart-1" }),
    ]);
    await expect
      .poll(() => hostsOf(world.data.objects("HTTPRoute")), { timeout: 3000 })
      .toEqual(expect.arrayContaining(["dev.choreoapis.localhost", "dev.acme.choreoapis.localhost"]));
    letGatewayAccept(world.data);
    await expect
      .poll(() =>
        world.control.objects("Endpoint").map(({ metadata }) => world.condition("Endpoint", "Ready", metadata.name)),
      )
      .toEqual(["True", "True"]);
  });
});
