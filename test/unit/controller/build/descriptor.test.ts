import { describe, expect, test } from "vitest";
import { describedEndpoints } from "../../../../src/controller/build/descriptor.ts";

const files = { component: "", endpoints: "", workload: "" };

const GREETER = `schemaVersion: "1.0"
endpoints:
  - name: Greeter API
    displayName: Says hello
    type: REST
    service: { basePath: /greeter, port: 9090 }
    networkVisibilities: [Public, Organization]
    schemaFilePath: openapi.yaml
  - name: admin
    type: gRPC
    service: { port: 9091 }
    networkVisibilities: [Project]
`;

describe("what a source says of itself", () => {
  test("are endpoints with names of their own", () => {
    expect(describedEndpoints({ ...files, component: GREETER })).toEqual([
      {
        metadata: { name: "greeter-api", annotations: { "core.choreo.dev/display-name": "Says hello" } },
        spec: {
          type: "REST",
          service: { basePath: "/greeter", port: 9090 },
          networkVisibilities: { public: { enable: true }, organization: { enable: true } },
        },
      },
      {
        metadata: { name: "admin", annotations: { "core.choreo.dev/display-name": "admin" } },
        spec: { type: "gRPC", service: { basePath: "/", port: 9091 }, networkVisibilities: {} },
      },
    ]);
  });

  test("may be in endpoints.yaml, or in the workload.yaml of later versions", () => {
    const workload = "metadata: { name: x }\nendpoints: [{ name: api, type: HTTP, port: 80, context: /v1 }]\n";
    expect(describedEndpoints({ ...files, endpoints: GREETER })).toHaveLength(2);
    expect(describedEndpoints({ ...files, workload })?.[0]?.spec.service).toEqual({ port: 80, basePath: "/v1" });
    expect(describedEndpoints({ ...files, component: "schemaVersion: 1.0\n", workload })).toHaveLength(1);
  });

  test("is nothing without a file", () => {
    expect(describedEndpoints(files)).toBeUndefined();
  });

  test.each([
    ["a port that is none", GREETER.replace("9091", "99999"), ".choreo/component.yaml:11: endpoints.1.service.port: "],
    ["an unknown type", GREETER.replace("type: REST", "type: SOAP"), ".choreo/component.yaml:5: endpoints.0.type: "],
    ["no YAML", "endpoints: [\n", ".choreo/component.yaml:2: "],
    ["something missing", "endpoints:\n  - name: a\n", ".choreo/component.yaml:2: endpoints.0.type: "],
    ["another form", "- 1\n", ".choreo/component.yaml:1: "],
  ])("is refused with its place: %s", (_what, component, message) => {
    expect(() => describedEndpoints({ ...files, component })).toThrow(message);
  });
});
