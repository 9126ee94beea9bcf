import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect } from "../../../../../src/k8s/connect.ts";
import type { KubeClient } from "../../../../../src/k8s/client.ts";
import type { AnyObject, Endpoint } from "../../../../../src/k8s/types.ts";
import { poll } from "../../../../../src/lib/poll.ts";
import { startApiServer, type TestApiServer } from "../../../../helpers/api-server.ts";
import { ask } from "./ask.ts";
import { DEFINITION, box } from "./types.ts";

interface Entry {
  readonly manager: string;
  readonly operation: string;
  readonly subresource?: string;
  readonly time?: string;
  readonly fieldsV1: unknown;
}

const MAPS = "/api/v1/namespaces/default/configmaps";
const BOXES = "/apis/fields.choreo.dev/v1/namespaces/default/boxes";
const APPLY = "application/apply-patch+yaml";
const MERGE = "application/merge-patch+json";

const map = (name: string, data: object, more: object = {}): object => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, ...more },
  data,
});

const owners = ({ metadata }: AnyObject): unknown =>
  ((metadata.managedFields ?? []) as readonly Entry[]).map(({ manager, operation, subresource, fieldsV1 }) => [
    [manager, operation, subresource].filter((word) => word !== undefined).join(" "),
    fieldsV1,
  ]);

describe("managedFields of an API server", () => {
  let server: TestApiServer;
  let client: KubeClient;
  let endpoint: Endpoint;

  beforeAll(async () => {
    server = await startApiServer();
    ({ endpoint } = server);
    client = connect(endpoint);
    await client.apply(DEFINITION);
    await poll<void>(
      async () =>
        (await client.hasKind({ apiVersion: "fields.choreo.dev/v1", kind: "Box" }))
          ? { done: true, value: undefined }
          : { done: false, missing: "boxes are not served yet" },
      { what: "the custom kind", timeoutMs: 20_000, intervalMs: 20 },
    );
  }, 60_000);
  afterAll(async () => {
    client.close();
    await server.stop();
  });

  const send = async (method: string, path: string, body?: unknown, type?: string): Promise<AnyObject> => {
    const { status, body: answer } = await ask(endpoint, { method, path, body, type });
    expect([status, answer]).toEqual([expect.toSatisfy((code: number) => code < 300), expect.anything()]);
    return answer as AnyObject;
  };

  test("name the first part of the User-Agent where no manager is named", async () => {
    const made = await send("POST", MAPS, map("agent", { k: "v" }));
    expect(owners(made)).toEqual([["asking Update", { "f:data": { ".": {}, "f:k": {} } }]]);
  });

  test("do not change with a write that changes nothing, and neither does the object", async () => {
    const made = await send("POST", `${MAPS}?fieldManager=me`, map("same", { k: "v" }));
    const again = await send("PATCH", `${MAPS}/same?fieldManager=you`, { data: { k: "v" } }, MERGE);
    expect(again).toEqual(made);
    const applied = await send("PATCH", `${MAPS}/same?fieldManager=me`, map("same", { k: "v" }), APPLY);
    const applies = await send("PATCH", `${MAPS}/same?fieldManager=me`, map("same", { k: "v" }), APPLY);
    expect(applies).toEqual(applied);
    expect(applied.metadata.resourceVersion).not.toBe(made.metadata.resourceVersion);
  });

  test("are forgotten on request, and not tracked until somebody applies", async () => {
    await send("POST", `${MAPS}?fieldManager=me`, map("reset", { k: "v" }));
    const reset = await send("PUT", `${MAPS}/reset`, map("reset", { k: "v" }, { managedFields: [{}] }));
    expect(owners(reset)).toEqual([]);
    const changed = await send("PATCH", `${MAPS}/reset`, { data: { k: "w" } }, MERGE);
    expect(owners(changed)).toEqual([]);
    const applied = await send("PATCH", `${MAPS}/reset?fieldManager=you`, map("reset", { k: "w" }), APPLY);
    expect(owners(applied)).toEqual([
      ["you Apply", { "f:data": { "f:k": {} } }],
      ["before-first-apply Update", { "f:data": { ".": {}, "f:k": {} } }],
    ]);
  });

  test("of a client count where they are valid", async () => {
    const made = await send("POST", `${MAPS}?fieldManager=me`, map("given", { k: "v" }));
    const [entry] = made.metadata.managedFields as Entry[];
    const wrong = await send(
      "PUT",
      `${MAPS}/given`,
      map("given", { k: "v" }, { managedFields: [{ ...entry, fieldsType: "X" }] }),
    );
    expect(owners(wrong)).toEqual(owners(made));
    const renamed = await send(
      "PUT",
      `${MAPS}/given`,
      map("given", { k: "v" }, { managedFields: [{ ...entry, manager: "you" }] }),
    );
    expect(owners(renamed)).toEqual([["you Update", { "f:data": { ".": {}, "f:k": {} } }]]);
  });

  test("are kept apart for a status", async () => {
    await send("POST", `${BOXES}?fieldManager=me`, box({ size: "s" }));
    const status = { metadata: { labels: { a: "1" } }, spec: { size: "l" }, status: { note: "n" } };
    const changed = await send("PATCH", `${BOXES}/b/status?fieldManager=me`, status, MERGE);
    expect(changed["spec"]).toEqual({ size: "s" });
    expect(owners(changed)).toEqual([
      ["me Update", { "f:spec": { ".": {}, "f:size": {} } }],
      ["me Update status", expect.objectContaining({ "f:status": { ".": {}, "f:note": {} } })],
    ]);
    const applied = await send(
      "PATCH",
      `${BOXES}/b/status?fieldManager=you`,
      box(undefined, { status: { note: "n" } }),
      APPLY,
    );
    expect(owners(applied)).toContainEqual(["you Apply status", { "f:status": { "f:note": {} } }]);
  });

  test("do not know where a pod runs, and keep apart who says how it runs", async () => {
    const pods = "/api/v1/namespaces/default/pods";
    const spec = { automountServiceAccountToken: false, containers: [{ name: "c", image: "i" }] };
    const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec };
    const made = await send("POST", `${pods}?fieldManager=me`, pod);
    const target = { apiVersion: "v1", kind: "Node", name: "n" };
    const binding = { apiVersion: "v1", kind: "Binding", metadata: { name: "p" }, target };
    await send("POST", `${pods}/p/binding?fieldManager=scheduler`, binding);
    expect(owners(await send("GET", `${pods}/p`))).toEqual(owners(made));
    const status = await send(
      "PATCH",
      `${pods}/p/status?fieldManager=kubelet`,
      { status: { phase: "Running" } },
      MERGE,
    );
    expect(owners(status)).toContainEqual(["kubelet Update status", { "f:status": { "f:phase": {} } }]);
  });

  test("of a dry run are shown and not kept", async () => {
    const dry = await send("PATCH", `${MAPS}/dry?fieldManager=me&dryRun=All`, map("dry", { k: "v" }), APPLY);
    expect(owners(dry)).toEqual([["me Apply", { "f:data": { "f:k": {} } }]]);
    expect((await ask(endpoint, { method: "GET", path: `${MAPS}/dry` })).status).toBe(404);
  });

  test("of an apply that makes the object answer 201, and 200 later", async () => {
    const body = map("made", { k: "v" });
    const codes = [];
    for (const k of ["v", "w"]) {
      const path = `${MAPS}/made?fieldManager=me`;
      codes.push((await ask(endpoint, { method: "PATCH", path, body: { ...body, data: { k } }, type: APPLY })).status);
    }
    expect(codes).toEqual([201, 200]);
  });

  test("need the name of the manager that applies", async () => {
    const { status, body } = await ask(endpoint, {
      method: "PATCH",
      path: `${MAPS}/x`,
      body: map("x", {}),
      type: APPLY,
    });
    expect([status, body]).toEqual([
      422,
      expect.objectContaining({
        details: expect.objectContaining({ causes: [expect.objectContaining({ field: "fieldManager" })] }),
      }),
    ]);
  });

  test("cannot be applied to an object with another uid", async () => {
    const applied = map("uid", {}, { uid: "11111111-1111-4111-8111-111111111111" });
    const { status, body } = await ask(endpoint, {
      method: "PATCH",
      path: `${MAPS}/uid?fieldManager=me`,
      body: applied,
      type: APPLY,
    });
    expect([status, (body as { message: string }).message]).toEqual([
      409,
      'Operation cannot be fulfilled on configmaps "uid": uid mismatch: the provided object specified uid 11111111-1111-4111-8111-111111111111, and no existing object was found',
    ]);
  });

  test("are of everybody who applies an object that is not there yet, at the same time", async () => {
    const writers = Array.from({ length: 4 }, (_, writer) => `w${writer}`);
    const path = (writer: string): string => `${MAPS}/first?fieldManager=${writer}`;
    await Promise.all(writers.map((writer) => send("PATCH", path(writer), map("first", { [writer]: "1" }), APPLY)));
    expect(Object.keys((await send("GET", `${MAPS}/first`))["data"] as object).sort()).toEqual(writers);
  });

  test("survive writes at the same time: every change has its owner", async () => {
    await send("POST", `${MAPS}?fieldManager=m`, map("race", { k: "v" }));
    const writers = Array.from({ length: 8 }, (_, writer) => `w${writer}`);
    await Promise.all(
      writers.map((writer) =>
        send("PATCH", `${MAPS}/race?fieldManager=${writer}`, map("race", { [writer]: "1" }), APPLY),
      ),
    );
    const now = await send("GET", `${MAPS}/race`);
    expect(Object.keys(now["data"] as object).sort()).toEqual(["k", ...writers]);
    expect(owners(now)).toEqual(
      expect.arrayContaining(writers.map((writer) => [`${writer} Apply`, { "f:data": { [`f:${writer}`]: {} } }])),
    );
  });
});
