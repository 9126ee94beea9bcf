import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import https from "node:https";
import { text } from "node:stream/consumers";
import { connect as connectTls } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Endpoint } from "../../../../../src/k8s/types.ts";
import { type TestApiServer, startApiServer } from "../../../../helpers/api-server.ts";

let server: TestApiServer;
let endpoint: Endpoint;
beforeAll(async () => {
  server = await startApiServer();
  endpoint = server.endpoint;
});
afterAll(() => server.stop());

interface Call {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Without the client's certificate. */
  readonly anonymous?: boolean;
}

interface Reply {
  readonly status: number;
  readonly reason: string | undefined;
  readonly body: Record<string, unknown>;
}

const call = async ({ method = "GET", path, headers = {}, body, anonymous = false }: Call): Promise<Reply> => {
  const { ca, clientCert, clientKey, server: url } = endpoint;
  const identity = anonymous ? {} : { cert: clientCert, key: clientKey };
  const { hostname, port } = new URL(url);
  const request = https.request({ ...identity, host: hostname, port, path, method, headers, ca, agent: false });
  // A server that has answered need not read the rest.
  request.on("error", () => undefined);
  request.end(body);
  const [response] = (await once(request, "response")) as [IncomingMessage];
  const answer = await text(response);
  const parsed = (answer.startsWith("{") ? JSON.parse(answer) : {}) as Record<string, unknown>;
  return { status: response.statusCode ?? 0, reason: parsed["reason"] as string | undefined, body: parsed };
};

const JSON_TYPE = { "content-type": "application/json" };
const YAML_TYPE = { "content-type": "application/yaml" };
const PROTOBUF_TYPE = { "content-type": "application/vnd.kubernetes.protobuf" };
const MAPS = "/api/v1/namespaces/default/configmaps";
const post = (body: string | Buffer, headers: Readonly<Record<string, string>> = JSON_TYPE): Promise<Reply> =>
  call({ method: "POST", path: MAPS, headers, body });

/** Whatever came before it, the server works and nobody's prototype has changed. */
afterEach(async () => {
  assert.equal((await call({ path: "/api/v1/namespaces/default" })).status, 200);
  assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
  assert.deepEqual(Object.keys(Object.prototype), []);
});

const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);

/** Ten aliases of ten aliases of … */
const bomb = (): string => {
  const names = "abcdefghij".split("");
  const list = (at: number): string =>
    Array.from({ length: 10 }, () => (at === 0 ? "x" : `*${names[at - 1]}`)).join(", ");
  return `${names.map((name, at) => `${name}: &${name} [${list(at)}]`).join("\n")}\n`;
};

describe("a body that makes no sense", () => {
  test.each([
    ["cut JSON", '{"apiVersion":"v1","kind":"ConfigMap"', JSON_TYPE, 400],
    ["no JSON", "hello", JSON_TYPE, 400],
    ["nothing", "", JSON_TYPE, 400],
    ["a list", "[]", JSON_TYPE, 400],
    ["a number", "1", JSON_TYPE, 400],
    ["bytes that are no UTF-8", Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), JSON_TYPE, 400],
    ["cut YAML", "metadata: {", YAML_TYPE, 400],
    ["YAML with a bomb of aliases", bomb(), YAML_TYPE, 400],
    ["cut protobuf", Buffer.from("k8s\0\n\x10\n\x02v1\x12\x09Conf"), PROTOBUF_TYPE, 400],
    ["protobuf without its mark", Buffer.from("hello"), PROTOBUF_TYPE, 400],
    ["a type that nobody knows", "{}", { "content-type": "application/x-tar" }, 415],
    ["JSON 20,000 deep", `{"data":${nested(20_000)}}`, JSON_TYPE, 400],
    ["YAML 5,000 deep", `data: ${nested(5000)}`, YAML_TYPE, 400],
  ])("is refused with a Status: %s", async (_what, body, headers, status) => {
    const reply = await post(body, headers);
    expect(reply.status).toBe(status);
    expect(reply.body).toMatchObject({ kind: "Status", status: "Failure", code: status });
  });

  test("is refused when it is too large, told beforehand or not", async () => {
    const large = JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", data: { a: "x".repeat(4_000_000) } });
    for (const headers of [
      { "content-length": String(Buffer.byteLength(large)) },
      { "transfer-encoding": "chunked" },
    ]) {
      const reply = await post(large, { ...JSON_TYPE, ...headers }).catch((error: unknown) => String(error));
      // A server may also hang up while the body is still on its way.
      if (typeof reply === "string") expect(reply).toMatch(/ECONNRESET|EPIPE|socket hang up/);
      else expect(reply).toMatchObject({ status: 413, reason: "RequestEntityTooLarge" });
    }
  });
});

describe("names that mean something to JavaScript", () => {
  test.each(["__proto__", "constructor", "prototype", "toString"])("are plain keys, or refused: %s", async (key) => {
    const name = `js-${key.replaceAll("_", "").toLowerCase()}`;
    const created = await post(
      `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"${name}","annotations":{"${key}":"x"}},"data":{"${key}":"x"},"${key}":{"polluted":true}}`,
    );
    expect([201, 400, 422]).toContain(created.status);
    if (created.status !== 201) await post(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"${name}"}}`);
    const patches = [
      ["application/merge-patch+json", `{"data":{"${key}":"y"},"${key}":{"polluted":"yes"}}`],
      ["application/strategic-merge-patch+json", `{"data":{"${key}":"z"},"${key}":{"polluted":"yes"}}`],
      ["application/json-patch+json", `[{"op":"add","path":"/${key}/polluted","value":"yes"}]`],
      ["application/json-patch+json", `[{"op":"add","path":"/data/${key}","value":{"polluted":"yes"}}]`],
    ] as const;
    for (const [type, body] of patches) {
      const reply = await call({ method: "PATCH", path: `${MAPS}/${name}`, headers: { "content-type": type }, body });
      expect([200, 400, 422]).toContain(reply.status);
    }
  });

  test.each([
    "/api/v1/__proto__",
    "/apis/__proto__/v1/constructor",
    `${MAPS}/__proto__`,
    "/api/v1/namespaces/constructor/pods/toString",
  ])("are no resources, namespaces or names: %s", async (path) => {
    expect((await call({ path })).status).toBe(404);
  });
});

describe("a caller who is not who it should be", () => {
  test("gets 401 for a token that nobody gave out", async () => {
    const headers = { authorization: "Bearer not-a-token" };
    expect(await call({ path: MAPS, headers, anonymous: true })).toMatchObject({ status: 401, reason: "Unauthorized" });
  });

  test("gets 401 or 403 without credentials", async () => {
    const { status, body } = await call({ path: MAPS, anonymous: true });
    expect([401, 403]).toContain(status);
    expect(body).toMatchObject({ kind: "Status", status: "Failure" });
  });
});

describe("a question that makes no sense", () => {
  const changed = Buffer.from('{"v":"meta.k8s.io/v1","rv":-1,"start":"../.."}').toString("base64url");
  test.each([
    ["a continue token that was changed", `${MAPS}?limit=1&continue=${changed}`, [400, 410]],
    ["no continue token at all", `${MAPS}?limit=1&continue=%00%ff`, [400, 410]],
    ["a version that is none", `${MAPS}?resourceVersion=abc`, [400]],
    ["a limit that is none", `${MAPS}?limit=many`, [400]],
    ["a selector that is none", `${MAPS}?labelSelector=a%20in`, [400]],
    ["a field that nobody selects by", `${MAPS}?fieldSelector=data.x%3D1`, [400]],
    ["a name with a slash in it", `${MAPS}/a%2Fb`, [404]],
    ["dots that lead away", "/api/v1/namespaces/default/../../../etc/passwd", [404]],
    ["half a percent sign", `${MAPS}/%e0%a4%a`, [400, 404]],
    ["a very long name", `${MAPS}/${"a".repeat(5000)}`, [404]],
  ])("is answered with a Status: %s", async (_what, path, statuses) => {
    const { status, body } = await call({ path });
    expect(statuses).toContain(status);
    if (Object.keys(body).length > 0) expect(body).toMatchObject({ kind: "Status", code: status });
  });

  test("may be a method that nobody knows", async () => {
    expect((await call({ method: "PURGE", path: MAPS })).status).toBe(405);
  });
});

describe("a connection that is no good", () => {
  const raw = async (lines: string, stay: boolean): Promise<string> => {
    const { ca, clientCert, clientKey, server: url } = endpoint;
    const { hostname, port } = new URL(url);
    const socket = connectTls({
      ...{ host: hostname, port: Number(port) },
      ...(ca !== undefined && { ca }),
      ...(clientCert !== undefined && { cert: clientCert }),
      ...(clientKey !== undefined && { key: clientKey }),
    });
    await once(socket, "secureConnect");
    let seen = "";
    socket.on("data", (chunk: Buffer) => (seen += chunk.toString()));
    socket.on("error", () => undefined);
    const closed = once(socket, "close");
    socket.write(lines);
    if (!stay) socket.destroy();
    await closed;
    return seen;
  };

  test("may end in the middle of a body", async () => {
    const head = `POST ${MAPS} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n`;
    await raw(`${head}{"api`, false);
    expect((await call({ path: `${MAPS}?limit=1` })).status).toBe(200);
  });

  test("may not name another host: no page of the web gets here by a name of its own", async () => {
    const reply = await raw("GET /version HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", true);
    expect(reply).toMatch(/^HTTP\/1\.1 403[^]*"kind":"Status"/);
    expect(await raw("GET /version HTTP/1.1\r\nConnection: close\r\n\r\n", true)).toMatch(/^HTTP\/1\.1 40[03]/);
  });

  test("may be slow: nobody else waits for it", async () => {
    const { ca, server: url } = endpoint;
    const { hostname, port } = new URL(url);
    const sockets = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const socket = connectTls({ host: hostname, port: Number(port), ...(ca !== undefined && { ca }) });
        socket.on("error", () => undefined);
        await once(socket, "secureConnect");
        socket.write(`POST ${MAPS} HTTP/1.1\r\nHost: a\r\nContent-Le`);
        return socket;
      }),
    );
    expect((await call({ path: `${MAPS}?limit=1` })).status).toBe(200);
    for (const socket of sockets) socket.destroy();
  });

  test("may talk nonsense", async () => {
    expect(await raw("\x00\x01\x02 nonsense\r\n\r\n", true)).toMatch(/^HTTP\/1\.1 400/);
  });

  test("may claim two lengths, or too many headers", async () => {
    const two = await raw(`POST ${MAPS} HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}`, true);
    expect(two).toMatch(/^HTTP\/1\.1 400/);
    const many = Array.from({ length: 20_000 }, (_, index) => `X-${index}: ${index}\r\n`).join("");
    expect(await raw(`GET ${MAPS} HTTP/1.1\r\nHost: a\r\n${many}\r\n`, true)).toMatch(/^HTTP\/1\.1 431/);
  });
});
