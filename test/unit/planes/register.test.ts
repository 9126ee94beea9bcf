import { describe, expect, test } from "vitest";
import { type Registration, planeResource, registerPlane, registrationHash } from "../../../src/planes/register.ts";
import { createMemoryCluster } from "../../helpers/memory-cluster.ts";

const DATA: Registration = {
  name: "us-west-2",
  role: "data",
  cluster: "shop-us-west-2",
  registry: "choreo-registry:5000",
};
const BUILD: Registration = { ...DATA, name: "build", role: "build", cluster: "shop-build" };
const ENDPOINT = { server: "https://172.20.0.3:6443", ca: "CA", clientCert: "CERT", clientKey: "KEY" };
const quiet = { signal: new AbortController().signal, progress: () => undefined };
const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "default-org" } };

/** `observedGeneration` 1 is that of an object that was just made. */
const condition = (status: "True" | "False", observedGeneration = 1) => ({
  conditions: [
    {
      type: "Reachable",
      status,
      reason: "Checked",
      message: "no route to host",
      lastTransitionTime: "",
      observedGeneration,
    },
  ],
});

describe("the resource of a plane", () => {
  test("carries the way to its cluster", () => {
    const base64 = (text: string): string => Buffer.from(text).toString("base64");
    expect(planeResource(DATA, ENDPOINT)).toMatchObject({
      kind: "DataPlane",
      metadata: { name: "us-west-2", namespace: "default-org" },
      spec: {
        kubernetesCluster: {
          name: "shop-us-west-2",
          credentials: {
            apiServerURL: ENDPOINT.server,
            caCert: base64("CA"),
            clientCert: base64("CERT"),
            clientKey: base64("KEY"),
          },
        },
      },
    });
  });

  test("is a BuildPlane of a fixed name for the build plane", () => {
    expect(planeResource(BUILD, ENDPOINT)).toMatchObject({
      kind: "BuildPlane",
      metadata: { name: "default-buildplane" },
      spec: { registries: [{ prefix: "choreo-registry:5000" }] },
    });
  });

  test("cannot be made of credentials that it has no fields for", () => {
    const token = { server: ENDPOINT.server, ca: "CA", token: "t" };
    expect(() => planeResource(DATA, token)).toThrow(expect.objectContaining({ code: "E_UNSUPPORTED" }));
  });

  test("has a hash that changes with what is registered and not with the credentials", () => {
    const hashOf = (endpoint: typeof ENDPOINT): unknown => planeResource(DATA, endpoint).metadata.annotations;
    expect(hashOf(ENDPOINT)).toEqual(hashOf({ ...ENDPOINT, clientKey: "OTHER" }));
    expect(registrationHash(DATA)).not.toBe(registrationHash({ ...DATA, registry: "elsewhere:5000" }));
    expect(registrationHash(DATA)).not.toBe(registrationHash(BUILD));
  });
});

describe("registering a plane", () => {
  test("ends when the controller has reached the plane", async () => {
    const cluster = createMemoryCluster();
    cluster.put(namespace);
    const resource = planeResource(DATA, ENDPOINT);
    const seen: string[] = [];
    await registerPlane(cluster.client, resource, {
      ...quiet,
      progress: (message) => {
        seen.push(message);
        cluster.put({ ...resource, status: condition(seen.length === 1 ? "False" : "True") });
      },
    });
    expect(seen).toEqual([
      "DataPlane us-west-2: the controller has not tried yet",
      "DataPlane us-west-2: Checked: no route to host",
    ]);
  });

  test("waits for the organization's namespace", async () => {
    const cluster = createMemoryCluster();
    const resource = planeResource(BUILD, ENDPOINT);
    setTimeout(() => {
      cluster.put(namespace);
      cluster.put({ ...resource, status: condition("True") });
    }, 20);
    await registerPlane(cluster.client, resource, quiet);
    expect(cluster.objects("BuildPlane")).toHaveLength(1);
  });

  test("that does not succeed is E_NOT_READY with the controller's words", async () => {
    const cluster = createMemoryCluster();
    cluster.put(namespace);
    const resource = planeResource(DATA, ENDPOINT);
    cluster.put({ ...resource, status: condition("False") });
    await expect(registerPlane(cluster.client, resource, { ...quiet, timeoutMs: 0 })).rejects.toMatchObject({
      code: "E_NOT_READY",
      why: "Checked: no route to host",
    });
  });

  test("does not take what was said of older credentials for a proof", async () => {
    const cluster = createMemoryCluster();
    cluster.put(namespace);
    const resource = planeResource(DATA, ENDPOINT);
    cluster.put({ ...planeResource(DATA, { ...ENDPOINT, clientKey: "OLDER" }), status: condition("True") });
    await expect(registerPlane(cluster.client, resource, { ...quiet, timeoutMs: 0 })).rejects.toMatchObject({
      code: "E_NOT_READY",
      why: "the controller has not tried yet",
    });
  });
});
