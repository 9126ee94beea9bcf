import { describe, expect, test } from "vitest";
import type { ResourceType } from "../../../../../src/engine/embedded/api/resource-type.ts";
import {
  type OpenapiDocument,
  openapiDocument,
  openapiHash,
  openapiIndex,
} from "../../../../../src/engine/embedded/model/openapi.ts";
import { builtinTypes } from "../../../../../src/engine/embedded/model/types.ts";
import { widgets } from "./custom-type.ts";
import { recordedPaths } from "./recorded.ts";

type Json = Readonly<Record<string, unknown>>;

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
  readonly requestBody?: { readonly content: Json };
  readonly responses: Readonly<Record<string, { readonly content?: Json }>>;
  readonly "x-kubernetes-action": string;
  readonly "x-kubernetes-group-version-kind": {
    readonly group: string;
    readonly version: string;
    readonly kind: string;
  };
}

const documentOf = (group: string, version: string, types: readonly ResourceType[]): OpenapiDocument =>
  openapiDocument(group, version, types).document;

/** In the form in which the real server's operations are recorded. */
const factsOf = (operation: Operation, shared: NonNullable<Operation["parameters"]>): string => {
  const { group, version, kind } = operation["x-kubernetes-group-version-kind"];
  const parameters = [...shared, ...(operation.parameters ?? [])].map((one) => `${one.in}:${one.name}`).sort();
  return [
    operation.operationId,
    operation["x-kubernetes-action"],
    `${group === "" ? version : `${group}/${version}`} ${kind}`,
    `body ${refOf(operation.requestBody?.content)}`,
    `answer ${refOf(operation.responses["200"]?.content)}`,
    parameters.join(","),
  ].join(" | ");
};

const refOf = (content: Json | undefined): string => {
  const [first] = Object.values(content ?? {}) as { schema?: { $ref?: string } }[];
  return first?.schema?.$ref?.split("/").pop() ?? "-";
};

const operationsOf = ({ paths }: OpenapiDocument): Record<string, string> =>
  Object.fromEntries(
    Object.entries(paths).flatMap(([path, item]) => {
      const { parameters, ...operations } = item as { parameters: NonNullable<Operation["parameters"]> };
      return Object.entries(operations as Record<string, Operation>).map(([method, operation]) => [
        `${method} ${path}`,
        factsOf(operation, parameters),
      ]);
    }),
  );

/** Operations that are not described: streams, proxies, lists of resources, the health of the control plane. */
const LEFT_OUT = /connect \||\/log$|\/$|\/componentstatuses/;

const recordedOperations = (groupVersion: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(recordedPaths()[groupVersion] ?? {}).flatMap(([path, item]) =>
      Object.entries(item)
        .filter(([, facts]) => !LEFT_OUT.test(facts) && !LEFT_OUT.test(path))
        .map(([method, facts]) => [
          `${method} ${path}`,
          // For objects that the store cannot read any more.
          facts.replace("query:ignoreStoreReadErrorWithClusterBreakingPotential,", ""),
        ]),
    ),
  );

const groupVersions = [...new Set(builtinTypes().map(({ group, version }) => `${group}/${version}`))];

describe("documents of built-in groups", () => {
  test.each(groupVersions)("%s has the operations of the real server's", (groupVersion) => {
    const [group = "", version = ""] = groupVersion.split("/");
    const document = documentOf(group, version, builtinTypes());
    expect(operationsOf(document)).toEqual(recordedOperations(group === "" ? version : groupVersion));
  });

  test("have every schema that they refer to, and no prose", () => {
    for (const groupVersion of groupVersions) {
      const [group = "", version = ""] = groupVersion.split("/");
      const document = documentOf(group, version, builtinTypes());
      const text = JSON.stringify(document);
      const refs = new Set([...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name = ""]) => name));
      const names = Object.keys(document.components.schemas);
      expect([...refs].filter((name) => !names.includes(name))).toEqual([]);
      expect(JSON.stringify(document.components)).not.toMatch(/"description":"/);
    }
  });

  test("of a group version that nobody serves are empty", () => {
    expect(documentOf("apps", "v1beta1", builtinTypes())).toMatchObject({ paths: {}, components: { schemas: {} } });
  });
});

describe("documents of custom resources", () => {
  const document = documentOf("shop.example.com", "v1alpha1", [...builtinTypes(), widgets()]);

  test("have the schema with its kind and shared metadata", () => {
    expect(document.components.schemas["com.example.shop.v1alpha1.Widget"]).toMatchObject({
      type: "object",
      required: ["spec"],
      properties: {
        metadata: { allOf: [{ $ref: "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta" }] },
        spec: widgets().schema?.properties?.["spec"],
      },
      "x-kubernetes-group-version-kind": [{ group: "shop.example.com", version: "v1alpha1", kind: "Widget" }],
    });
    expect(Object.keys(document.components.schemas)).toMatchSnapshot();
  });

  test("have operations as the real server names them", () => {
    const operations = operationsOf(document);
    expect(Object.keys(operations).sort()).toMatchSnapshot();
    expect(operations["patch /apis/shop.example.com/v1alpha1/namespaces/{namespace}/widgets/{name}"]).toContain(
      "patchShopExampleComV1alpha1NamespacedWidget | patch | shop.example.com/v1alpha1 Widget",
    );
  });

  test("take no strategic merge patch", () => {
    const path = "/apis/shop.example.com/v1alpha1/namespaces/{namespace}/widgets/{name}";
    const { patch } = document.paths[path] as { patch: Operation };
    expect(Object.keys(patch.requestBody?.content ?? {})).toEqual([
      "application/apply-patch+yaml",
      "application/json-patch+json",
      "application/merge-patch+json",
    ]);
  });

  test("are there without a schema too", () => {
    const { components } = documentOf("shop.example.com", "v1alpha1", [{ ...widgets(), schema: undefined }]);
    expect(components.schemas["com.example.shop.v1alpha1.Widget"]).toMatchObject({
      "x-kubernetes-preserve-unknown-fields": true,
    });
  });
});

describe("the index", () => {
  test("names each group version's document with its hash", () => {
    const { paths } = openapiIndex([...builtinTypes(), widgets()]);
    expect(Object.keys(paths)).toEqual([
      ...groupVersions.map((one) => (one.startsWith("/") ? `api${one}` : `apis/${one}`)),
      "apis/shop.example.com/v1alpha1",
    ]);
    const hash = openapiHash("apps", "v1", builtinTypes());
    expect(hash).toMatch(/^[0-9A-F]{64}$/);
    expect(openapiDocument("apps", "v1", builtinTypes()).etag).toBe(hash);
    expect(paths["apis/apps/v1"]).toEqual({ serverRelativeURL: `/openapi/v3/apis/apps/v1?hash=${hash}` });
  });

  test("changes a hash with a schema or a resource, and only then", () => {
    const hashOf = (...types: readonly ResourceType[]) => openapiHash("shop.example.com", "v1alpha1", types);
    const before = hashOf(widgets());
    expect(hashOf(...builtinTypes(), widgets())).toBe(before);
    const schema = { ...widgets().schema, required: [] };
    const others = [
      { ...widgets(), schema },
      { ...widgets(), verbs: ["get"] },
      { ...widgets(), namespaced: false },
    ];
    expect(new Set([before, ...others.map((one) => hashOf(one))]).size).toBe(4);
    expect(hashOf(widgets(), { ...widgets(), resource: "others" })).not.toBe(before);
  });
});
