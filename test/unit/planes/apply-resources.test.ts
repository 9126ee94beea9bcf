import { describe, expect, test } from "vitest";
import type { AnyObject } from "../../../src/k8s/types.ts";
import { applyResources, inApplyOrder, waitForResources, withNamespace } from "../../../src/planes/apply-resources.ts";
import { defaultResources } from "../../../src/planes/defaults.ts";
import { createMemoryCluster } from "../../helpers/memory-cluster.ts";
import { samplePlatform } from "../../helpers/platform.ts";

const API = "core.choreo.dev/v1";
const resource = (kind: string, name: string, metadata: Partial<AnyObject["metadata"]> = {}): AnyObject => ({
  apiVersion: API,
  kind,
  metadata: { name, ...metadata },
});
const configMap: AnyObject = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c", namespace: "default" } };
const quiet = { signal: new AbortController().signal, progress: () => undefined };

describe("the order of an apply", () => {
  test("is parents before children, and what is not ours first", () => {
    const shuffled = [
      resource("Deployment", "d"),
      resource("Component", "c"),
      configMap,
      resource("Project", "p"),
      resource("Organization", "o"),
    ];
    expect(inApplyOrder(shuffled).map(({ kind }) => kind)).toEqual([
      "ConfigMap",
      "Organization",
      "Project",
      "Component",
      "Deployment",
    ]);
  });

  test("keeps the user's order within a kind, and the given array", () => {
    const given = [resource("Component", "z"), resource("Component", "a")];
    expect(inApplyOrder(given).map(({ metadata }) => metadata.name)).toEqual(["z", "a"]);
    expect(given[0]?.metadata.name).toBe("z");
  });
});

describe("a resource without a namespace", () => {
  test("belongs to the organization that its label names, or to the default one", () => {
    const labels = { "core.choreo.dev/organization": "acme" };
    expect(withNamespace(resource("Project", "p", { labels })).metadata.namespace).toBe("acme");
    expect(withNamespace(resource("Project", "p")).metadata.namespace).toBe("default-org");
  });

  test("stays without one when it is an organization or not ours", () => {
    expect(withNamespace(resource("Organization", "o")).metadata.namespace).toBeUndefined();
    expect(
      withNamespace({ apiVersion: "v1", kind: "Namespace", metadata: { name: "n" } }).metadata.namespace,
    ).toBeUndefined();
  });
});

describe("applying resources", () => {
  test("waits for the namespace that the controller makes", async () => {
    const cluster = createMemoryCluster();
    let refused = 0;
    const began = applyResources(cluster.client, defaultResources(samplePlatform()), {
      ...quiet,
      progress: (message) => {
        if (message.startsWith("Environment")) refused++;
        // What the controller does on seeing the organization, one turn later.
        setImmediate(() => cluster.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "default-org" } }));
      },
    });
    await began;
    expect(refused).toBe(3);
    expect(cluster.objects("Environment")).toHaveLength(3);
    expect(cluster.objects("Project")).toHaveLength(1);
  });

  test("ends with the server's refusal when that is not about a namespace", async () => {
    const cluster = createMemoryCluster();
    const refusal = new Error("forbidden");
    cluster.intercept = ({ verb }) => (verb === "apply" ? refusal : undefined);
    await expect(applyResources(cluster.client, [configMap], quiet)).rejects.toBe(refusal);
  });

  test("repeats what the controller says of a resource that does not become ready", async () => {
    const cluster = createMemoryCluster();
    const condition = { type: "Ready", status: "False", reason: "NoPlane", message: "there is no plane x" };
    const organization = resource("Organization", "acme");
    cluster.put({ ...organization, status: { conditions: [condition] } });
    await expect(waitForResources(cluster.client, [organization], quiet, 0)).rejects.toMatchObject({
      code: "E_NOT_READY",
      why: "Organization acme: NoPlane: there is no plane x",
    });
    cluster.put({ ...organization, status: { conditions: [{ ...condition, status: "True" }] } });
    await waitForResources(cluster.client, [organization], quiet, 0);
  });
});
