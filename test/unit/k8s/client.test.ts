import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { KubeClient } from "../../../src/k8s/client.ts";
import { connect } from "../../../src/k8s/connect.ts";
import type { Endpoint } from "../../../src/k8s/types.ts";
import { json, refusal, reset, silence, startFakeApiserver } from "../../helpers/fake-apiserver.ts";

const CONFIG_MAP = { apiVersion: "v1", kind: "ConfigMap" } as const;
const REF = { ...CONFIG_MAP, namespace: "default", name: "one" } as const;
const OBJECT = { ...CONFIG_MAP, metadata: { name: "one", namespace: "default" } };

const connected = (endpoint: Endpoint): KubeClient => {
  const client = connect(endpoint);
  onTestFinished(() => client.close());
  return client;
};

describe("a call", () => {
  test("carries the token and goes over one kept connection", async () => {
    const server = await startFakeApiserver();
    const client = connected(server.endpoint);
    for (let call = 0; call < 5; call++) await client.list(CONFIG_MAP);
    expect(server.accepted()).toBe(1);
    expect(new Set(server.requests.map(({ headers }) => headers.authorization))).toEqual(
      new Set([`Bearer ${server.endpoint.token}`]),
    );
  });

  test("does not go through a proxy", async () => {
    const server = await startFakeApiserver();
    for (const name of ["HTTP_PROXY", "HTTPS_PROXY", "https_proxy"]) vi.stubEnv(name, "http://127.0.0.1:9");
    onTestFinished(() => void vi.unstubAllEnvs());
    await expect(connected(server.endpoint).list(CONFIG_MAP)).resolves.toMatchObject({ items: [] });
  });

  test("fails with the server's own words, status and reason", async () => {
    const server = await startFakeApiserver();
    server.script(refusal(403, "Forbidden", "configmaps is forbidden"));
    await expect(connected(server.endpoint).list(CONFIG_MAP)).rejects.toMatchObject({
      code: "E_KUBE",
      status: 403,
      reason: "Forbidden",
      message: "configmaps is forbidden",
    });
  });

  test("fails with the text of an answer that is no Status object", async () => {
    const server = await startFakeApiserver();
    server.script((response) => void response.writeHead(502).end("bad gateway\n"));
    await expect(connected(server.endpoint).list(CONFIG_MAP)).rejects.toMatchObject({
      code: "E_KUBE",
      status: 502,
      message: "bad gateway",
    });
  });

  test("fails with the name of a server that is not there", async () => {
    const { ca } = (await startFakeApiserver()).endpoint;
    const client = connected({ server: "https://127.0.0.1:1", ca });
    await expect(client.version()).rejects.toMatchObject({
      code: "E_UNREACHABLE",
      status: 0,
      message: expect.stringContaining("https://127.0.0.1:1"),
    });
    await expect(client.ready()).resolves.toBe(false);
  });

  test("is not made to a server with another authority", async () => {
    const [one, other] = [await startFakeApiserver(), await startFakeApiserver()];
    const client = connected({ ...one.endpoint, ca: other.endpoint.ca });
    await expect(client.version()).rejects.toMatchObject({ code: "E_UNREACHABLE", reason: "Untrusted" });
    expect(one.requests).toEqual([]);
  });

  test("ends by its time limit when the server says nothing", async () => {
    const server = await startFakeApiserver();
    server.script(silence);
    await expect(connected(server.endpoint).list(CONFIG_MAP, { timeoutMs: 100 })).rejects.toMatchObject({
      code: "E_UNREACHABLE",
      why: expect.stringContaining("0.1 s"),
    });
  });

  test("ends by its signal with the reason of the signal", async () => {
    const server = await startFakeApiserver();
    const abort = new AbortController();
    server.script(() => abort.abort(new Error("enough")));
    await expect(connected(server.endpoint).list(CONFIG_MAP, { signal: abort.signal })).rejects.toThrow("enough");
  });
});

describe("a call that fails on the way", () => {
  test("is made again when it only reads", async () => {
    const server = await startFakeApiserver();
    server.script(reset, reset);
    await expect(connected(server.endpoint).list(CONFIG_MAP)).resolves.toMatchObject({ items: [] });
  });

  test("is given up after three tries", async () => {
    const server = await startFakeApiserver();
    server.script(reset, reset, reset);
    await expect(connected(server.endpoint).list(CONFIG_MAP)).rejects.toMatchObject({ code: "E_UNREACHABLE" });
  });

  test("is made again when it applies, which may be done twice", async () => {
    const server = await startFakeApiserver();
    server.script(reset, json(200, { applied: true }));
    await expect(connected(server.endpoint).apply(OBJECT)).resolves.toEqual({ applied: true });
  });

  test("is not made again when it creates", async () => {
    const server = await startFakeApiserver();
    server.script(reset);
    await expect(connected(server.endpoint).create(OBJECT)).rejects.toMatchObject({ code: "E_UNREACHABLE" });
    expect(server.requests.filter(({ method }) => method === "POST")).toHaveLength(1);
  });

  test("is made again when a busy server says when to come back, whatever it does", async () => {
    const server = await startFakeApiserver();
    const busy = { "retry-after": "0" };
    server.script(
      refusal(429, "TooManyRequests", "busy", busy),
      refusal(503, "Unavailable", "busy", busy),
      json(201, {}),
    );
    await expect(connected(server.endpoint).create(OBJECT)).resolves.toEqual({});
  });

  test("is not made again when a busy server does not say when to come back, or wants too long", async () => {
    const server = await startFakeApiserver();
    const client = connected(server.endpoint);
    server.script(refusal(503, "Unavailable"), refusal(429, "TooManyRequests", "busy", { "retry-after": "3600" }));
    await expect(client.list(CONFIG_MAP)).rejects.toMatchObject({ status: 503 });
    await expect(client.list(CONFIG_MAP)).rejects.toMatchObject({ status: 429 });
  });
});

describe("get and delete", () => {
  test("take a missing object for an answer", async () => {
    const server = await startFakeApiserver();
    const client = connected(server.endpoint);
    server.script(refusal(404, "NotFound"), refusal(404, "NotFound"));
    await expect(client.get(REF)).resolves.toBeUndefined();
    await expect(client.delete(REF)).resolves.toBe(false);
  });

  test("delete only the object with the given uid", async () => {
    const server = await startFakeApiserver();
    server.script(json(200, {}));
    await expect(connected(server.endpoint).delete(REF, { uid: "u1", gracePeriodSeconds: 0 })).resolves.toBe(true);
    expect(JSON.parse(server.requests.at(-1)?.body ?? "")).toMatchObject({
      propagationPolicy: "Background",
      preconditions: { uid: "u1" },
      gracePeriodSeconds: 0,
    });
  });

  test("refuse an object of a namespaced kind without its namespace", async () => {
    const server = await startFakeApiserver();
    const lost = { ...CONFIG_MAP, name: "one" };
    await expect(connected(server.endpoint).get(lost)).rejects.toMatchObject({ reason: "NamespaceRequired" });
  });
});

describe("apply", () => {
  const read = {
    ...CONFIG_MAP,
    metadata: {
      name: "one",
      namespace: "default",
      uid: "u1",
      resourceVersion: "7",
      generation: 2,
      creationTimestamp: "2030-01-01T00:00:00Z",
      managedFields: [{}],
      labels: { a: "b" },
    },
    data: { key: "value" },
    status: { seen: true },
  };

  test("sends what somebody can want, and none of what only the server writes", async () => {
    const server = await startFakeApiserver();
    server.script(json(200, {}));
    await connected(server.endpoint).apply(read);
    const { path, query, headers, body } = server.requests.at(-1) ?? {};
    expect(path).toBe("/api/v1/namespaces/default/configmaps/one");
    expect(Object.fromEntries(query ?? [])).toEqual({ fieldManager: "choreo-dev", force: "true" });
    expect(headers?.["content-type"]).toBe("application/apply-patch+yaml");
    expect(JSON.parse(body ?? "")).toEqual({
      ...CONFIG_MAP,
      metadata: { name: "one", namespace: "default", labels: { a: "b" } },
      data: { key: "value" },
    });
  });

  test("sends the status where it is the status that is applied", async () => {
    const server = await startFakeApiserver();
    server.script(json(200, {}));
    const options = { subresource: "status", fieldManager: "other", force: false, dryRun: true } as const;
    await connected(server.endpoint).apply(read, options);
    const { path, query, body } = server.requests.at(-1) ?? {};
    expect(path).toBe("/api/v1/namespaces/default/configmaps/one/status");
    expect(Object.fromEntries(query ?? [])).toEqual({ fieldManager: "other", force: "false", dryRun: "All" });
    expect(JSON.parse(body ?? "")).toMatchObject({ status: { seen: true } });
  });

  test("of a kind that the server does not know fails", async () => {
    const server = await startFakeApiserver();
    const widget = { ...OBJECT, kind: "Widget" };
    await expect(connected(server.endpoint).apply(widget)).rejects.toMatchObject({ reason: "KindNotFound" });
  });
});

describe("list", () => {
  test("reads all pages and gives each item its type", async () => {
    const server = await startFakeApiserver();
    for (let index = 0; index < 1201; index++) server.configMaps.put(`cm-${index}`);
    const { items } = await connected(server.endpoint).list(CONFIG_MAP);
    expect(items.map(({ metadata }) => metadata.name)).toEqual(Object.keys(server.configMaps.state()));
    expect(items.every(({ apiVersion, kind }) => apiVersion === "v1" && kind === "ConfigMap")).toBe(true);
    expect(server.requests.filter(({ query }) => query.has("limit"))).toHaveLength(3);
  });

  test("asks for everything at once when the pages expire while it reads", async () => {
    const server = await startFakeApiserver();
    for (let index = 0; index < 600; index++) server.configMaps.put(`cm-${index}`);
    server.script(server.configMaps.answer, refusal(410, "Expired"));
    const { items } = await connected(server.endpoint).list(CONFIG_MAP);
    expect(items).toHaveLength(600);
    expect(server.requests.at(-1)?.query.has("limit")).toBe(false);
  });
});

test("logs come as they are written, with characters whole", async () => {
  const server = await startFakeApiserver();
  const bytes = Buffer.from("grün\n");
  server.script((response) => {
    response.write(bytes.subarray(0, 3));
    setImmediate(() => response.end(bytes.subarray(3)));
  });
  const pod = { namespace: "default", name: "web" };
  let log = "";
  for await (const chunk of connected(server.endpoint).logs(pod, { container: "app", tailLines: 5 })) log += chunk;
  expect(log).toBe("grün\n");
  expect(Object.fromEntries(server.requests.at(-1)?.query ?? [])).toEqual({ container: "app", tailLines: "5" });
});
