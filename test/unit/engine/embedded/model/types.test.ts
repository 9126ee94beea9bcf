import { statSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { ResourceType } from "../../../../../src/engine/embedded/api/resource-type.ts";
import { schemaOf } from "../../../../../src/engine/embedded/model/schemas.ts";
import { builtinTypes, isBuiltinGroup, returnsDeleted } from "../../../../../src/engine/embedded/model/types.ts";
import type { Schema } from "../../../../../src/engine/embedded/schema/schema.ts";
import { packageRoot } from "../../../../../src/lib/package-root.ts";

const typeOf = (resource: string, version = "v1"): ResourceType | undefined =>
  builtinTypes().find((type) => type.resource === resource && type.version === version);

/** The schema at a path of properties; `[]` is an element, `{}` a value. */
const at = (schema: Schema | undefined, ...steps: readonly string[]): Schema | undefined => {
  const [step, ...rest] = steps;
  if (step === undefined || schema === undefined) return schema;
  if (step === "[]") return at(schema.items, ...rest);
  const values = schema.additionalProperties;
  if (step === "{}") return at(typeof values === "object" ? values : undefined, ...rest);
  return at(schema.properties?.[step], ...rest);
};

describe("built-in resources", () => {
  test("are all GA ones of the groups that are served", () => {
    const names = builtinTypes().map(({ group, version, resource }) => `${group}/${version}/${resource}`);
    expect(names).toMatchSnapshot();
    expect(new Set(names).size).toBe(names.length);
  });

  test("know what discovery tells", () => {
    const { schema: _, ...deployments } = typeOf("deployments") ?? {};
    expect(deployments).toEqual({
      group: "apps",
      version: "v1",
      kind: "Deployment",
      listKind: "DeploymentList",
      resource: "deployments",
      singular: "deployment",
      shortNames: ["deploy"],
      categories: ["all"],
      namespaced: true,
      verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
      custom: false,
      columns: [],
      subresources: [
        { name: "scale", group: "autoscaling", version: "v1", kind: "Scale", verbs: ["get", "patch", "update"] },
        { name: "status", group: "apps", version: "v1", kind: "Deployment", verbs: ["get", "patch", "update"] },
      ],
    });
    expect(typeOf("tokenreviews")).toMatchObject({ listKind: "", verbs: ["create"], namespaced: false });
    expect(typeOf("pods")?.subresources.find(({ name }) => name === "eviction")).toMatchObject({
      group: "policy",
      kind: "Eviction",
      verbs: ["create"],
    });
  });

  test("resolve their schema when it is asked for, and once", () => {
    const [type] = builtinTypes();
    expect(Object.getOwnPropertyDescriptor(type, "schema")?.get).toBeTypeOf("function");
    expect(type?.schema).toBe(type?.schema);
  });

  test("have a schema each, of one version its own", () => {
    expect(builtinTypes().filter(({ schema }) => schema?.type !== "object")).toEqual([]);
    expect(at(typeOf("horizontalpodautoscalers", "v2")?.schema, "spec", "metrics")?.type).toBe("array");
    expect(at(typeOf("horizontalpodautoscalers", "v1")?.schema, "spec", "metrics")).toBeUndefined();
  });

  test("tell groups of Kubernetes from others", () => {
    expect(["", "apps", "apiextensions.k8s.io"].map(isBuiltinGroup)).toEqual([true, true, true]);
    expect(["example.com", "gateway.networking.k8s.io", "__proto__"].map(isBuiltinGroup)).toEqual([
      false,
      false,
      false,
    ]);
  });

  test("tell whose deletion is answered with the object", () => {
    const pod = { group: "", version: "v1", kind: "Pod" };
    expect(returnsDeleted(pod)).toBe(true);
    expect(returnsDeleted({ ...pod, kind: "ConfigMap" })).toBe(false);
  });
});

describe("schemas", () => {
  const deployment = schemaOf("apps", "v1", "Deployment");
  const container = at(deployment, "spec", "template", "spec", "containers");

  test("carry what patches, apply and validation need", () => {
    expect(container).toMatchObject({
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
      "x-kubernetes-patch-merge-key": "name",
      "x-kubernetes-patch-strategy": "merge",
    });
    expect(container?.items?.required).toEqual(["name"]);
    expect(at(container, "[]", "ports", "[]", "protocol")).toEqual({
      type: "string",
      default: "TCP",
      enum: ["SCTP", "TCP", "UDP"],
    });
    expect(at(deployment, "spec", "strategy")?.["x-kubernetes-patch-strategy"]).toBe("retainKeys");
    expect(at(deployment, "spec", "selector")?.["x-kubernetes-map-type"]).toBe("atomic");
  });

  test("mark what has several forms in JSON", () => {
    const intOrString = at(deployment, "spec", "strategy", "rollingUpdate", "maxSurge");
    expect(intOrString).toEqual({ "x-kubernetes-int-or-string": true, format: "int-or-string" });
    expect(at(container, "[]", "resources", "limits", "{}")).toEqual({
      "x-kubernetes-int-or-string": true,
      format: "quantity",
    });
    expect(at(deployment, "metadata", "creationTimestamp")).toEqual({ type: "string", format: "date-time" });
    expect(at(schemaOf("coordination.k8s.io", "v1", "Lease"), "spec", "renewTime")?.format).toBe("date-time");
    expect(at(schemaOf("apps", "v1", "ControllerRevision"), "data")).toMatchObject({
      "x-kubernetes-preserve-unknown-fields": true,
    });
    expect(at(schemaOf("", "v1", "Secret"), "data", "{}")).toMatchObject({ type: "string", format: "byte" });
  });

  test("contain themselves where the type does", () => {
    const definition = schemaOf("apiextensions.k8s.io", "v1", "CustomResourceDefinition");
    const schema = at(definition, "spec", "versions", "[]", "schema", "openAPIV3Schema");
    expect(schema?.properties?.["type"]).toEqual({ type: "string" });
    const inner = at(schema, "properties", "{}", "properties", "{}", "not");
    expect(inner?.properties?.["maxLength"]).toEqual({ type: "integer", format: "int64" });
    expect(at(schema, "default")).toEqual({ "x-kubernetes-preserve-unknown-fields": true });
  });

  test.each([
    ["", "v1", "DeleteOptions", "propagationPolicy"],
    ["apps", "v1", "DeleteOptions", "propagationPolicy"],
    ["", "v1", "Status", "reason"],
    ["", "v1", "Binding", "target"],
    ["", "v1", "PodList", "items"],
    ["autoscaling", "v1", "Scale", "spec"],
    ["policy", "v1", "Eviction", "deleteOptions"],
    ["authentication.k8s.io", "v1", "TokenRequest", "spec"],
    ["authentication.k8s.io", "v1", "TokenReview", "spec"],
    ["authorization.k8s.io", "v1", "SubjectAccessReview", "spec"],
  ])("of %s/%s %s are there", (group, version, kind, property) => {
    expect(schemaOf(group, version, kind)?.properties).toHaveProperty(property);
  });

  test.each([
    ["", "v1", "Nonsense"],
    ["apps", "v1beta1", "Deployment"],
    ["", "v1", "constructor"],
    ["", "__proto__", "toString"],
  ])("of %s/%s %s are not", (group, version, kind) => {
    expect(schemaOf(group, version, kind)).toBeUndefined();
  });

  test("have no references left, and each an end along an object", () => {
    const seen = new Set<unknown>();
    const walk = (value: unknown): void => {
      if (typeof value !== "object" || value === null || seen.has(value)) return;
      seen.add(value);
      expect(Object.hasOwn(value, "$ref") && typeof (value as { $ref: unknown }).$ref === "string").toBe(false);
      for (const one of Object.values(value)) walk(one);
    };
    for (const { schema } of builtinTypes()) walk(schema);
    expect(seen.size).toBeGreaterThan(1000);
  });
});

test("the data file stays small", () => {
  expect(statSync(path.join(packageRoot(), "model", "kubernetes-1.34.ndjson.gz")).size).toBeLessThan(60_000);
});
