import { expect, test } from "vitest";
import type { Core } from "../../../../../src/engine/embedded/api/core.ts";
import type { ApiRequest } from "../../../../../src/engine/embedded/api/request.ts";
import { createHandler } from "../../../../../src/engine/embedded/api/server.ts";

test("a defect is a 500 for the caller, and is told with the request that met it", async () => {
  const told: unknown[] = [];
  const defect = new TypeError("store is not a function");
  // A core in which everything that is touched is broken.
  const core = new Proxy({} as Core, {
    get: (_target, name) => {
      if (name === "onInternalError") return (error: unknown, request: string) => told.push([error, request]);
      throw defect;
    },
  });
  const request = {
    method: "GET",
    path: "/api/v1/namespaces/default/pods",
    query: new URLSearchParams(),
    headers: {},
    user: { name: "somebody", groups: ["system:authenticated"] },
    signal: new AbortController().signal,
  };
  const { status, body } = await createHandler(core)(request as unknown as ApiRequest);
  expect(status).toBe(500);
  expect(JSON.parse(String(body))).toMatchObject({ kind: "Status", reason: "InternalError", code: 500 });
  expect(told).toEqual([[defect, "GET /api/v1/namespaces/default/pods"]]);
});
