import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ApiServer, startApiServer } from "../../../../../src/engine/embedded/api-server.ts";
import { makeCredentials } from "../../../../../src/engine/embedded/certificates.ts";
import type { AnyObject } from "../../../../../src/k8s/types.ts";

const RBAC = "rbac.authorization.k8s.io";

describe("Kubernetes' roles for people", () => {
  let server: ApiServer;

  beforeAll(async () => {
    const credentials = makeCredentials("roles", Date.now());
    server = await startApiServer({ store: { dir: undefined }, credentials, port: 0, serviceCIDR: "10.0.0.0/24" });
    for (const name of ["view", "edit", "admin"]) await server.client.create(bindingOf(name));
  });
  afterAll(() => server.close());

  /** Who of the three may do it in the namespace `default`. */
  const allowed = async (verb: string, resource: string, group = "", namespace = "default"): Promise<string[]> => {
    const names: string[] = [];
    for (const name of ["view", "edit", "admin"]) {
      const review = await server.client.create({
        apiVersion: "authorization.k8s.io/v1",
        kind: "SubjectAccessReview",
        metadata: {},
        spec: { user: name, resourceAttributes: { namespace, verb, group, resource } },
      } as unknown as AnyObject);
      if ((review["status"] as { allowed: boolean }).allowed) names.push(name);
    }
    return names;
  };

  test("let the first look, the second work, and the third say who else may", async () => {
    expect(await allowed("list", "pods")).toEqual(["view", "edit", "admin"]);
    expect(await allowed("get", "secrets")).toEqual(["edit", "admin"]);
    expect(await allowed("create", "deployments", "apps")).toEqual(["edit", "admin"]);
    expect(await allowed("create", "rolebindings", RBAC)).toEqual(["admin"]);
    expect(await allowed("delete", "nodes")).toEqual([]);
    expect(await allowed("list", "pods", "", "kube-system")).toEqual([]);
  });

  test("have what a role adds that says whom it is for", async () => {
    const added = (rules: object[]): AnyObject => ({
      apiVersion: `${RBAC}/v1`,
      kind: "ClusterRole",
      metadata: { name: "see-widgets", labels: { [`${RBAC}/aggregate-to-view`]: "true" } },
      rules,
    });
    expect(await allowed("get", "widgets", "example.com")).toEqual([]);
    await server.client.create(added([{ apiGroups: ["example.com"], resources: ["widgets"], verbs: ["get"] }]));
    expect(await allowed("get", "widgets", "example.com")).toEqual(["view", "edit", "admin"]);
    expect(await allowed("delete", "widgets", "example.com")).toEqual([]);
  });
});

const bindingOf = (name: string): AnyObject => ({
  apiVersion: `${RBAC}/v1`,
  kind: "RoleBinding",
  metadata: { name, namespace: "default" },
  roleRef: { apiGroup: RBAC, kind: "ClusterRole", name },
  subjects: [{ apiGroup: RBAC, kind: "User", name }],
});
