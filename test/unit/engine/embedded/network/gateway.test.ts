import { createHash } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import tls from "node:tls";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type GatewayServer, startGateway } from "../../../../../src/engine/embedded/network/gateway/gateway.ts";
import {
  type ServiceProxy,
  startServiceProxy,
} from "../../../../../src/engine/embedded/network/proxy/service-proxy.ts";
import type { AnyObject, Condition } from "../../../../../src/k8s/types.ts";
import {
  authority,
  call,
  callHttp2,
  certificateFor,
  gatewayObject,
  installKinds,
  openCall,
  openSession,
  type Place,
  tlsSecret,
} from "./gateway-world.ts";
import {
  type Backend,
  closeBackends,
  dialEndpoint,
  eventually,
  listening,
  put,
  service,
  silent,
  slice,
  startHttp,
  startTcp,
  startWorld,
  type World,
} from "./world.ts";

let world: World;
let stop: AbortController;
let proxy: ServiceProxy;
let gateway: GatewayServer;
let at: Place;
let plain: Place;
let names = 0;
const accesses: string[] = [];

const EXTERNAL = "default/external";
const HTTPS_LISTENER = {
  name: "https",
  port: 443,
  protocol: "HTTPS",
  tls: { certificateRefs: [{ name: "tls" }] },
  allowedRoutes: { namespaces: { from: "All" } },
};

beforeAll(async () => {
  world = await startWorld();
  const { client } = world;
  await installKinds(client);
  await client.create(tlsSecret("tls", certificateFor("*.test.localhost")));
  const labelled = gatewayObject("GatewayClass", "choreo-external", {
    controllerName: "traefik.io/gateway-controller",
  });
  labelled.metadata.labels = { "core.choreo.dev/gateway": "external" };
  await client.create(labelled);
  await client.create(gatewayObject("GatewayClass", "foreign", { controllerName: "somebody.else/controller" }));
  const listeners = [HTTPS_LISTENER, { name: "http", port: 80, protocol: "HTTP" }];
  await client.create(
    gatewayObject("Gateway", "external", { gatewayClassName: "choreo-external", listeners }, "default"),
  );
}, 60_000);
afterAll(() => world.stop());

beforeEach(async () => {
  stop = new AbortController();
  const { signal } = stop;
  proxy = startServiceProxy(world.client, { signal, log: silent, dial: dialEndpoint, events: silent });
  gateway = startGateway(world.client, {
    signal,
    log: silent,
    listen: { [EXTERNAL]: { address: "127.0.0.1", port: 0 } },
    dialService: (namespace, name, port) => proxy.dial({ namespace, name }, port),
    serves: ({ metadata }) => metadata.labels?.["core.choreo.dev/gateway"] === "external",
    onAccess: ({ method, host, path, status, route }) =>
      accesses.push(`${method} ${host}${path} ${status} ${route ?? "-"}`),
  });
  await gateway.ready;
  await proxy.ready;
  at = gateway.addressOf(EXTERNAL) ?? { address: "", port: 0 };
  plain = gateway.addressOf(EXTERNAL, 80) ?? { address: "", port: 0 };
});
afterEach(async () => {
  stop.abort();
  await gateway.closed;
  await proxy.closed;
  await closeBackends();
});

const newName = (): string => `r${++names}`;

const makeRoute = async (name: string, spec: object, namespace = "default"): Promise<AnyObject> =>
  put(
    world.client,
    gatewayObject("HTTPRoute", name, { parentRefs: [{ name: "external", namespace: "default" }], ...spec }, namespace),
  );

/** A service with one backend and a route to it, served; returns the host. */
const publish = async (handler: http.RequestListener | Backend, rule: object = {}): Promise<string> => {
  const name = newName();
  const backend = typeof handler === "function" ? await startHttp(handler) : handler;
  const host = `${name}.test.localhost`;
  await world.client.create(service(name, { ports: [{ port: 80 }] }));
  await put(world.client, slice(name, backend.port, [backend]));
  await makeRoute(name, { hostnames: [host], rules: [{ backendRefs: [{ name, port: 80 }], ...rule }] });
  await accepted(name);
  await eventually("endpoints", async () => {
    const connection = await proxy.dial({ namespace: "default", name }, 80).catch(() => undefined);
    connection?.destroy();
    return connection;
  });
  return host;
};

const conditionsOf = async (name: string, namespace = "default"): Promise<Record<string, Condition>> => {
  const found = await world.client.get({ ...gatewayObject("HTTPRoute", name, {}), name, namespace });
  const status = found?.["status"] as { parents?: { controllerName: string; conditions: Condition[] }[] } | undefined;
  const generation = found?.metadata.generation;
  const conditions = status?.parents?.[0]?.conditions ?? [];
  return conditions.every(({ observedGeneration }) => observedGeneration === generation)
    ? Object.fromEntries(conditions.map((condition) => [condition.type, condition]))
    : {};
};

/** Waits until the route's conditions have these reasons. */
const reasons = (name: string, accepting: string, resolving: string, namespace = "default"): Promise<string> =>
  eventually(`${name}: ${accepting}, ${resolving}`, async () => {
    const { Accepted, ResolvedRefs } = await conditionsOf(name, namespace);
    return Accepted?.reason === accepting && ResolvedRefs?.reason === resolving
      ? `${Accepted.message}|${ResolvedRefs.message}`
      : undefined;
  });
const accepted = (name: string): Promise<string> => reasons(name, "Accepted", "ResolvedRefs");

const echo: http.RequestListener = (request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const { method, url, headers } = request;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ method, url, headers, body: Buffer.concat(chunks).toString() }));
  });
};
interface Echoed {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}
const parse = (body: string): Echoed => JSON.parse(body) as Echoed;

describe("a request", () => {
  it("reaches its backend with the client's host and what the gateway knows of the client", async () => {
    const host = await publish(echo);
    const headers = { "x-mine": "1", connection: "x-secret", "x-secret": "2", "x-forwarded-for": "192.0.2.7" };
    const { status, body } = await call(at, `https://${host}:8443/a/b?c=d`, { headers });
    const seen = parse(body);
    expect(status).toBe(200);
    expect(seen.url).toBe("/a/b?c=d");
    expect(seen.headers).toMatchObject({
      host: `${host}:8443`,
      "x-mine": "1",
      "x-forwarded-for": "192.0.2.7, 127.0.0.1",
      "x-forwarded-proto": "https",
      "x-forwarded-host": `${host}:8443`,
    });
    expect(seen.headers["x-secret"]).toBeUndefined();
    await eventually("access log", () =>
      accesses.find((line) => /^GET r\d+.test.localhost\/a\/b 200 default\/r\d+$/.test(line)),
    );
  });

  it("may be of HTTP/2, many at a time on one connection", async () => {
    const host = await publish(echo);
    const session = await openSession(at, host);
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, number) =>
        callHttp2(session, { ":path": `/${number}`, ":method": "POST", cookie: "a=1; b=2" }, `body ${number}`),
      ),
    );
    expect(
      replies.map(({ body }) => parse(body)).map(({ url, body, headers }) => `${url} ${body} ${headers["cookie"]}`),
    ).toEqual(replies.map((_reply, number) => `/${number} body ${number} a=1; b=2`));
    expect(parse(replies[0]?.body ?? "").headers["host"]).toMatch(new RegExp(`^${host}(:443)?$`));
    session.close();
  });

  it("is answered 404 without a route, 503 without endpoints and 502 when they refuse, with the route's name", async () => {
    const nowhere = await call(at, "https://nobody.test.localhost/x");
    expect([nowhere.status, nowhere.body]).toEqual([404, "no route for nobody.test.localhost/x\n"]);
    const host = await publish(echo);
    const [name = ""] = host.split(".");
    await put(world.client, slice(name, 1, [{ address: "127.0.0.99" }]));
    const refused = await eventually("502", async () => {
      const reply = await call(at, `https://${host}/`);
      return reply.status === 502 ? reply : undefined;
    });
    expect(refused.body).toContain(`route default/${name}: service default/${name}:80 cannot be reached`);
    await put(world.client, slice(name, 1, []));
    const empty = await eventually("503", async () => {
      const reply = await call(at, `https://${host}/`);
      return reply.status === 503 ? reply : undefined;
    });
    expect(empty.body).toBe(`route default/${name}: service default/${name}:80 has no ready endpoints\n`);
  });

  it("that is not clear is refused", async () => {
    const host = await publish(echo);
    const say = (text: string): Promise<string> =>
      new Promise((resolve) => {
        const socket = net.connect({ host: plain.address, port: plain.port });
        let heard = "";
        socket.on("data", (chunk: Buffer) => (heard += chunk.toString()));
        socket.once("close", () => resolve(heard.split("\r\n")[0] ?? ""));
        socket.on("error", silent);
        socket.write(text);
      });
    const cases = [
      [`POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400],
      [
        `POST / HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: gzip, chunked\r\nConnection: close\r\n\r\n0\r\n\r\n`,
        501,
      ],
      [`POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde`, 400],
      [`GET / HTTP/1.1\r\nHost: ${host}\r\nHost: other\r\nConnection: close\r\n\r\n`, 400],
      [`GET / HTTP/1.1\r\nConnection: close\r\n\r\n`, 400],
      [`GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n`, 400],
      [`GET / HTTP/1.1\nHost: ${host}\nX : y\r\n\r\n`, 400],
      [`GET / HTTP/1.1\r\nHost: ${host}\r\nX-Long: ${"x".repeat(40_000)}\r\n\r\n`, 431],
    ] as const;
    for (const [text, status] of cases)
      expect([text.slice(0, 80), await say(text)]).toEqual([text.slice(0, 80), expect.stringContaining(` ${status} `)]);
  });

  it("cannot leave the prefix of its route by dots", async () => {
    const host = await publish(echo, { matches: [{ path: { type: "PathPrefix", value: "/in" } }] });
    const ask = async (path: string): Promise<number> =>
      new Promise((resolve, reject) => {
        const request = openCall(at, `https://${host}/`);
        request.path = path;
        request.once("response", (response) => resolve(response.resume().statusCode ?? 0));
        request.once("error", reject);
        request.end();
      });
    expect(await ask("/in/x")).toBe(200);
    expect(await ask("/in/../out")).toBe(404);
    expect(await ask("/in/%2E%2e/out")).toBe(404);
  });
});

describe("bodies", () => {
  it("stream both ways at once", async () => {
    const host = await publish((request, response) => {
      response.writeHead(200, { "content-type": "application/octet-stream" });
      request.pipe(response);
    });
    const request = openCall(at, `https://${host}/`, { method: "POST" });
    request.write("one");
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    expect(String((await once(response, "data"))[0])).toBe("one");
    request.write("two");
    expect(String((await once(response, "data"))[0])).toBe("two");
    request.end();
    await once(response, "end");
  });

  it("arrive unchanged when they are large, by both protocols", async () => {
    const host = await publish((request, response) => {
      const hash = createHash("sha256");
      request.on("data", (chunk: Buffer) => hash.update(chunk));
      request.on("end", () => {
        response.setHeader("x-hash", hash.digest("hex"));
        response.end(Buffer.alloc(5_000_000, "z"));
      });
    });
    const body = Buffer.alloc(20_000_000, "abcdefg");
    const wanted = createHash("sha256").update(body).digest("hex");
    const one = await call(at, `https://${host}/`, { method: "PUT", body });
    expect([one.headers["x-hash"], one.body.length]).toEqual([wanted, 5_000_000]);
    const session = await openSession(at, host);
    const two = await callHttp2(session, { ":path": "/", ":method": "PUT" }, body);
    expect([two.headers["x-hash"], two.body.length]).toEqual([wanted, 5_000_000]);
    session.close();
  });

  it("are asked for by 100-continue only when the backend wants them", async () => {
    const backend = http.createServer();
    backend.on("checkContinue", (request, response) => {
      if (request.url === "/no") {
        response.writeHead(413, { connection: "close" }).end("too large");
        return;
      }
      response.writeContinue();
      echo(request, response);
    });
    const host = await publish(await listening(backend));
    const headers = { expect: "100-continue", "content-length": 4 };
    const yes = openCall(at, `https://${host}/yes`, { method: "POST", headers });
    yes.flushHeaders();
    await once(yes, "continue");
    yes.end("body");
    const [granted] = (await once(yes, "response")) as [http.IncomingMessage];
    expect(granted.statusCode).toBe(200);
    granted.resume();
    const no = openCall(at, `https://${host}/no`, { method: "POST", headers });
    no.flushHeaders();
    no.on("error", silent);
    const [refused] = (await once(no, "response")) as [http.IncomingMessage];
    expect([refused.statusCode, refused.headers.connection]).toEqual([413, "close"]);
    refused.resume();
    no.destroy();
  });

  it("end with their trailers", async () => {
    const host = await publish((_request, response) => {
      response.writeHead(200, { trailer: "x-sum" });
      response.write("body");
      response.addTrailers({ "x-sum": "42" });
      response.end();
    });
    expect((await call(at, `https://${host}/`)).trailers).toEqual({ "x-sum": "42" });
    const session = await openSession(at, host);
    expect((await callHttp2(session, { ":path": "/" })).trailers["x-sum"]).toBe("42");
    session.close();
  });

  it("that break off are not taken for whole ones", async () => {
    const host = await publish((_request, response) => {
      response.writeHead(200);
      response.write("half", () => response.socket?.resetAndDestroy());
    });
    await expect(call(at, `https://${host}/`)).rejects.toThrow();
    const session = await openSession(at, host);
    await expect(callHttp2(session, { ":path": "/" })).rejects.toThrow();
    session.close();
  });

  it("stop at the backend when the client goes away, by both protocols", async () => {
    const gone: Promise<unknown>[] = [];
    const host = await publish((_request, response) => {
      gone.push(once(response, "close"));
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("data: hello\n\n");
    });
    const request = openCall(at, `https://${host}/`);
    request.on("error", silent);
    request.end();
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    expect(String((await once(response, "data"))[0])).toBe("data: hello\n\n");
    request.destroy();
    await gone[0];
    const session = await openSession(at, host);
    const stream = session.request({ ":path": "/" });
    stream.on("error", silent);
    expect(String((await once(stream, "data"))[0])).toBe("data: hello\n\n");
    stream.close();
    await gone[1];
    session.close();
  });

  it("of a fast backend wait for a slow client", async () => {
    let sent = 0;
    const host = await publish((_request, response) => {
      const more = (): void => {
        while (!response.destroyed) {
          sent += 65_536;
          if (!response.write(Buffer.alloc(65_536))) break;
        }
      };
      response.on("drain", more);
      more();
    });
    const request = openCall(at, `https://${host}/`);
    request.on("error", silent);
    request.end();
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    response.on("error", silent);
    let before = -1;
    await eventually("standstill", () => {
      const still = sent === before;
      before = sent;
      return still ? true : undefined;
    });
    expect(sent).toBeLessThan(64 * 1024 * 1024);
    request.destroy();
  });
});

describe("a WebSocket", () => {
  const upgrade = (url: string): http.ClientRequest => {
    const request = openCall(at, url, {
      headers: { connection: "Upgrade", upgrade: "websocket", "sec-websocket-key": "abc" },
    });
    request.end();
    return request;
  };

  it("is passed through", async () => {
    const backend = http.createServer();
    backend.on("upgrade", (request: http.IncomingMessage, socket: net.Socket) => {
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-Key: ${request.headers["sec-websocket-key"]}\r\n\r\nhello `,
      );
      socket.pipe(socket);
    });
    const host = await publish(await listening(backend));
    const [response, socket, head] = (await once(upgrade(`https://${host}/ws`), "upgrade")) as [
      http.IncomingMessage,
      net.Socket,
      Buffer,
    ];
    expect(response.headers["x-key"]).toBe("abc");
    let heard = head.toString();
    socket.on("data", (chunk: Buffer) => (heard += chunk.toString()));
    socket.write("ping");
    await eventually("echo", () => (heard === "hello ping" ? true : undefined));
    socket.destroy();
  });

  it("that the backend refuses, or that has no route, gets an ordinary answer", async () => {
    const host = await publish((_request, response) => response.writeHead(403).end("no"));
    const [refused] = (await once(upgrade(`https://${host}/ws`), "response")) as [http.IncomingMessage];
    expect(refused.statusCode).toBe(403);
    refused.resume();
    const [lost] = (await once(upgrade("https://nobody.test.localhost/ws"), "response")) as [http.IncomingMessage];
    expect(lost.statusCode).toBe(404);
    lost.resume();
  });
});

describe("filters", () => {
  it("rewrite paths and hosts and change headers", async () => {
    const host = await publish(
      (request, response) => {
        response.setHeader("x-gone", "1");
        response.setHeader("set-cookie", ["a=1", "b=2"]);
        echo(request, response);
      },
      {
        matches: [{ path: { type: "PathPrefix", value: "/shop/api" } }],
        filters: [
          {
            type: "URLRewrite",
            urlRewrite: { hostname: "inner", path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/v1/" } },
          },
          {
            type: "RequestHeaderModifier",
            requestHeaderModifier: {
              set: [{ name: "X-Set", value: "s" }],
              add: [{ name: "x-add", value: "2" }],
              remove: ["x-drop"],
            },
          },
          {
            type: "ResponseHeaderModifier",
            responseHeaderModifier: { add: [{ name: "x-new", value: "n" }], remove: ["X-Gone"] },
          },
        ],
      },
    );
    const headers = { "x-set": "old", "x-add": "1", "x-drop": "d" };
    const { headers: answer, body } = await call(at, `https://${host}/shop/api/items?x=1`, { headers });
    const seen = parse(body);
    expect(seen.url).toBe("/v1/items?x=1");
    expect(seen.headers).toMatchObject({ host: "inner", "x-forwarded-host": host, "x-set": "s", "x-add": "1, 2" });
    expect(seen.headers["x-drop"]).toBeUndefined();
    expect(answer["x-new"]).toBe("n");
    expect(answer["x-gone"]).toBeUndefined();
    expect(answer["set-cookie"]).toEqual(["a=1", "b=2"]);
    expect(parse((await call(at, `https://${host}/shop/api`)).body).url).toBe("/v1");
  });

  it("redirect without a backend", async () => {
    const name = newName();
    const host = `${name}.test.localhost`;
    await makeRoute(name, {
      hostnames: [host],
      rules: [{ filters: [{ type: "RequestRedirect", requestRedirect: { scheme: "https", statusCode: 301 } }] }],
    });
    await accepted(name);
    const { status, headers } = await call(plain, `http://${host}:8080/a?b=c`);
    expect([status, headers.location]).toEqual([301, `https://${host}/a?b=c`]);
  });

  it("that do not exist make the route unaccepted and unserved", async () => {
    const name = newName();
    const host = `${name}.test.localhost`;
    await makeRoute(name, { hostnames: [host], rules: [{ filters: [{ type: "CORS", cors: {} }] }] });
    expect(await reasons(name, "UnsupportedValue", "ResolvedRefs")).toContain("filter CORS is not supported");
    expect((await call(at, `https://${host}/`)).status).toBe(404);
  });

  it("limit the time of an answer", async () => {
    const host = await publish(silent, { timeouts: { request: "50ms" } });
    const { status, body } = await call(at, `https://${host}/`);
    expect([status, body]).toEqual([504, expect.stringContaining("no whole answer within 0.05 s")]);
  });
});

describe("backends", () => {
  it("share by weight; what does not exist has its share of 500", async () => {
    const host = await publish((_request, response) => response.end("ok"));
    const [name = ""] = host.split(".");
    await makeRoute(name, {
      hostnames: [host],
      rules: [
        {
          matches: [{ path: { value: "/half" } }],
          backendRefs: [
            { name, port: 80, weight: 1 },
            { name: "missing", port: 80, weight: 1 },
          ],
        },
        { matches: [{ path: { value: "/none" } }], backendRefs: [{ name, port: 80, weight: 0 }] },
        {
          matches: [{ path: { value: "/all" } }],
          backendRefs: [
            { name, port: 80 },
            { name: "missing", port: 80, weight: 0 },
          ],
        },
      ],
    });
    expect(await reasons(name, "Accepted", "BackendNotFound")).toContain("Service default/missing does not exist");
    const statuses = async (path: string): Promise<Set<number>> =>
      new Set(
        await Promise.all(Array.from({ length: 40 }, async () => (await call(plain, `http://${host}${path}`)).status)),
      );
    expect(await statuses("/half")).toEqual(new Set([200, 500]));
    expect(await statuses("/none")).toEqual(new Set([500]));
    expect(await statuses("/all")).toEqual(new Set([200]));
  });

  it("of another namespace need its permission, at once and live", async () => {
    const host = await publish((_request, response) => response.end("ok"));
    const [name = ""] = host.split(".");
    const namespace = `ns-${name}`;
    await world.client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    const other = `other-${name}.test.localhost`;
    await makeRoute(
      name,
      { hostnames: [other], rules: [{ backendRefs: [{ name, port: 80, namespace: "default" }] }] },
      namespace,
    );
    await reasons(name, "Accepted", "RefNotPermitted", namespace);
    expect((await call(at, `https://${other}/`)).status).toBe(500);
    const from = [{ group: "gateway.networking.k8s.io", kind: "HTTPRoute", namespace }];
    await put(
      world.client,
      gatewayObject("ReferenceGrant", name, { from, to: [{ group: "", kind: "Service", name }] }, "default"),
    );
    await reasons(name, "Accepted", "ResolvedRefs", namespace);
    expect((await call(at, `https://${other}/`)).status).toBe(200);
  });

  it("of another kind are refused by name", async () => {
    const name = newName();
    await makeRoute(name, {
      rules: [{ backendRefs: [{ kind: "Bucket", group: "x.y", name: "b" }] }],
      hostnames: [`${name}.test.localhost`],
    });
    expect(await reasons(name, "Accepted", "InvalidKind")).toContain("is no Service");
  });

  it("change under load without a failed request", async () => {
    const host = await publish((_request, response) => response.end("0"));
    const [name = ""] = host.split(".");
    const failures: string[] = [];
    const rolling = new AbortController();
    let calls = 0;
    const caller = async (): Promise<void> => {
      while (!rolling.signal.aborted) {
        const { status, body } = await call(at, `https://${host}/`);
        calls++;
        if (status !== 200) failures.push(`${status} ${body}`);
      }
    };
    const callers = [caller(), caller(), caller()];
    for (let generation = 1; generation <= 4; generation++) {
      const next = await startHttp((_request, response) => response.end(String(generation)));
      await put(world.client, slice(name, next.port, [next]));
      await makeRoute(name, {
        hostnames: [host],
        rules: [
          {
            backendRefs: [{ name, port: 80 }],
            filters: [
              {
                type: "ResponseHeaderModifier",
                responseHeaderModifier: { set: [{ name: "x-g", value: String(generation) }] },
              },
            ],
          },
        ],
      });
      await eventually("new generation", async () => {
        const { body, headers } = await call(at, `https://${host}/`);
        return body === String(generation) && headers["x-g"] === String(generation) ? true : undefined;
      });
    }
    rolling.abort();
    await Promise.all(callers);
    expect(failures).toEqual([]);
    expect(calls).toBeGreaterThan(10);
  }, 30_000);
});

describe("routes", () => {
  it("of a host that the internal gateway serves are not found on the external one", async () => {
    const name = newName();
    const listeners = [HTTPS_LISTENER];
    await world.client.create(
      gatewayObject("Gateway", name, { gatewayClassName: "choreo-external", listeners }, "default"),
    );
    const backend = await startHttp((_request, response) => response.end("inside"));
    await world.client.create(service(name, { ports: [{ port: 80 }] }));
    await put(world.client, slice(name, backend.port, [backend]));
    const host = `${name}.test.localhost`;
    await makeRoute(name, {
      parentRefs: [{ name }],
      hostnames: [host],
      rules: [{ backendRefs: [{ name, port: 80 }] }],
    });
    await accepted(name);
    const inside = await eventually("second gateway", () => gateway.addressOf(`default/${name}`));
    await eventually("answer", async () =>
      (await call(inside, `https://${host}/`)).body === "inside" ? true : undefined,
    );
    expect((await call(at, `https://${host}/`)).status).toBe(404);
  });

  it("are told why a gateway does not take them", async () => {
    const parent = { name: "external", namespace: "default" };
    const cases = [
      { spec: { parentRefs: [{ ...parent, sectionName: "nope" }] }, reason: "NoMatchingParent" },
      { spec: { parentRefs: [{ ...parent, port: 81 }] }, reason: "NoMatchingParent" },
      {
        spec: { rules: [{ matches: [{ path: { type: "RegularExpression", value: "(" } }] }] },
        reason: "UnsupportedValue",
      },
    ];
    for (const { spec, reason } of cases) {
      const name = newName();
      await makeRoute(name, spec);
      await reasons(name, reason, "ResolvedRefs");
    }
    const namespace = `ns-${newName()}`;
    await world.client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    await makeRoute("far", { parentRefs: [{ ...parent, sectionName: "http" }] }, namespace);
    await reasons("far", "NotAllowedByListeners", "ResolvedRefs", namespace);
    const gatewayName = newName();
    const listeners = [{ name: "one", port: 80, protocol: "HTTP", hostname: "*.one.test.localhost" }];
    await world.client.create(
      gatewayObject("Gateway", gatewayName, { gatewayClassName: "choreo-external", listeners }, "default"),
    );
    const route = newName();
    await makeRoute(route, { parentRefs: [{ name: gatewayName }], hostnames: ["two.test.localhost"] });
    await reasons(route, "NoMatchingListenerHostname", "ResolvedRefs");
    await makeRoute(route, { parentRefs: [{ name: gatewayName }], hostnames: ["two.one.test.localhost"] });
    expect(await accepted(route)).toBe("|");
  });

  it("of gRPC are told that they are not served", async () => {
    const name = newName();
    const parentRefs = [{ name: "external" }];
    await world.client.create(gatewayObject("GRPCRoute", name, { parentRefs, rules: [] }, "default"));
    const condition = await eventually("refusal", async () => {
      const found = await world.client.get({ ...gatewayObject("GRPCRoute", name, {}), name, namespace: "default" });
      const status = found?.["status"] as { parents?: { conditions: Condition[] }[] } | undefined;
      return status?.parents?.[0]?.conditions[0];
    });
    expect(condition).toMatchObject({ type: "Accepted", status: "False", reason: "NotAllowedByListeners" });
    expect(condition.message).toContain("do not serve routes of kind GRPCRoute");
  });

  it("of other controllers' gateways stay untouched", async () => {
    const name = newName();
    await world.client.create(
      gatewayObject("Gateway", name, { gatewayClassName: "foreign", listeners: [HTTPS_LISTENER] }, "default"),
    );
    await makeRoute(name, { parentRefs: [{ name }, { name: "external" }] });
    await accepted(name);
    const get = (kind: string): Promise<AnyObject | undefined> =>
      world.client.get({ ...gatewayObject(kind, name, {}), name, namespace: "default" });
    const { parents } = ((await get("HTTPRoute")) ?? {})["status" as keyof object] as {
      parents: { parentRef: object }[];
    };
    expect(parents.map(({ parentRef }) => parentRef)).toEqual([{ name: "external" }]);
    expect((await get("Gateway"))?.["status"]).toBeUndefined();
    // Somebody else's word about the route survives ours.
    const foreign = { parentRef: { name }, controllerName: "somebody.else/controller", conditions: [] };
    await world.client.mergePatch(
      { ...gatewayObject("HTTPRoute", name, {}), name, namespace: "default" },
      { status: { parents: [...parents, foreign] } },
      { subresource: "status" },
    );
    await makeRoute(name, { parentRefs: [{ name }] });
    await eventually("only theirs", async () => {
      const { parents: left } = ((await get("HTTPRoute")) ?? {})["status" as keyof object] as {
        parents: { controllerName: string }[];
      };
      return left.length === 1 && left[0]?.controllerName === "somebody.else/controller" ? true : undefined;
    });
  });
});

describe("a port that somebody else has", () => {
  it("is said in the status, and listened on as soon as it is free", async () => {
    const name = newName();
    const thief = await listening(net.createServer());
    const labels = { "core.choreo.dev/gateway": name };
    const ownClass = gatewayObject("GatewayClass", name, { controllerName: "choreo-dev.io/gateway-controller" });
    await world.client.create({ ...ownClass, metadata: { name, labels } });
    const listeners = [{ name: "http", port: 80, protocol: "HTTP" }];
    await world.client.create(gatewayObject("Gateway", name, { gatewayClassName: name, listeners }, "default"));
    const { address, port } = thief;
    startGateway(world.client, {
      signal: stop.signal,
      log: silent,
      listen: { [`default/${name}`]: { address, port } },
      dialService: (namespace, backend, number) => proxy.dial({ namespace, name: backend }, number),
      serves: ({ metadata }) => metadata.labels?.["core.choreo.dev/gateway"] === name,
    });
    const said = async (type: string): Promise<Condition | undefined> => {
      const found = await world.client.get({ ...gatewayObject("Gateway", name, {}), name, namespace: "default" });
      const { conditions = [] } = (found?.["status"] ?? {}) as { conditions?: Condition[] };
      return conditions.find((one) => one.type === type);
    };
    const refused = await eventually("a word", () => said("Programmed"));
    expect(refused.message).toContain(`cannot listen on ${address}:${port}: EADDRINUSE`);
    await thief.close();
    await eventually("programmed", async () => ((await said("Programmed"))?.status === "True" ? true : undefined));
  });
});

describe("statuses", () => {
  const statusOf = async (kind: string, name: string): Promise<Record<string, unknown>> =>
    ((
      await world.client.get({
        ...gatewayObject(kind, name, {}),
        name,
        namespace: kind === "Gateway" ? "default" : undefined,
      })
    )?.["status"] ?? {}) as Record<string, unknown>;

  it("say what is served", async () => {
    const gatewayStatus = await eventually("programmed", async () => {
      const status = await statusOf("Gateway", "external");
      return (status["conditions"] as Condition[] | undefined)?.some(
        (one) => one.type === "Programmed" && one.status === "True",
      ) === true
        ? status
        : undefined;
    });
    expect(gatewayStatus["addresses"]).toEqual([{ type: "IPAddress", value: "127.0.0.1" }]);
    expect(gatewayStatus["listeners"]).toMatchObject([
      { name: "https", supportedKinds: [{ group: "gateway.networking.k8s.io", kind: "HTTPRoute" }] },
      { name: "http" },
    ]);
    expect((await statusOf("GatewayClass", "choreo-external"))["conditions"]).toMatchObject([
      { type: "Accepted", status: "True" },
    ]);
    expect(await statusOf("GatewayClass", "foreign")).toEqual({});
  });

  it("are not written again when nothing changes", async () => {
    const versionOf = async (): Promise<string | undefined> =>
      (await world.client.get({ ...gatewayObject("Gateway", "external", {}), name: "external", namespace: "default" }))
        ?.metadata.resourceVersion;
    const name = newName();
    await makeRoute(name, { parentRefs: [{ name: "nobody" }] });
    const host = await publish(echo);
    const version = await eventually("rest", async () => {
      const before = await versionOf();
      // A route of nobody's changes, so the gateway looks at everything again.
      await makeRoute(name, {
        parentRefs: [{ name: "nobody" }],
        hostnames: [`${Math.random()}.localhost`.replace("0.", "h")],
      });
      await call(at, `https://${host}/`);
      return before === (await versionOf()) ? before : undefined;
    });
    expect(await versionOf()).toBe(version);
  });

  it("say which certificate is missing, and serve as soon as it is there", async () => {
    const name = newName();
    const listener = { ...HTTPS_LISTENER, tls: { certificateRefs: [{ name }] } };
    await world.client.create(
      gatewayObject("Gateway", name, { gatewayClassName: "choreo-external", listeners: [listener] }, "default"),
    );
    await eventually("InvalidCertificateRef", async () => {
      const [first] = ((await statusOf("Gateway", name))["listeners"] ?? []) as { conditions: Condition[] }[];
      return first?.conditions.find(({ reason }) => reason === "InvalidCertificateRef");
    });
    expect(gateway.addressOf(`default/${name}`)).toBeUndefined();
    await world.client.create(tlsSecret(name, certificateFor("a.test.localhost")));
    const place = await eventually("served", () => gateway.addressOf(`default/${name}`));
    expect((await call(place, "https://a.test.localhost/")).status).toBe(404);
  });
});

describe("certificates", () => {
  const presented = async (place: Place, servername: string): Promise<string> => {
    const socket = tls.connect({ host: place.address, port: place.port, servername, ca: authority.certificate });
    await once(socket, "secureConnect");
    const { serialNumber } = socket.getPeerCertificate();
    socket.destroy();
    return serialNumber;
  };

  it("are chosen by name and renewed while connections stay", async () => {
    const name = newName();
    const [one, two] = [certificateFor("one.test.localhost"), certificateFor("two.test.localhost")];
    await world.client.create(tlsSecret(`${name}-1`, one));
    await world.client.create(tlsSecret(`${name}-2`, two));
    const listener = { ...HTTPS_LISTENER, tls: { certificateRefs: [{ name: `${name}-1` }, { name: `${name}-2` }] } };
    await world.client.create(
      gatewayObject("Gateway", name, { gatewayClassName: "choreo-external", listeners: [listener] }, "default"),
    );
    const place = await eventually("served", () => gateway.addressOf(`default/${name}`));
    const first = await presented(place, "one.test.localhost");
    const second = await presented(place, "two.test.localhost");
    expect(first).not.toBe(second);
    const session = await openSession(place, "one.test.localhost");
    expect((await callHttp2(session, { ":path": "/" })).status).toBe(404);
    await put(world.client, tlsSecret(`${name}-1`, certificateFor("one.test.localhost")));
    await eventually("new certificate", async () =>
      (await presented(place, "one.test.localhost")) === first ? undefined : true,
    );
    expect((await callHttp2(session, { ":path": "/" })).status).toBe(404);
    session.close();
  });

  it("do not lend a connection to hosts of another listener", async () => {
    const name = newName();
    const listeners = ["one", "two"].map((label) => ({
      ...HTTPS_LISTENER,
      name: label,
      hostname: `${label}.test.localhost`,
    }));
    await world.client.create(
      gatewayObject("Gateway", name, { gatewayClassName: "choreo-external", listeners }, "default"),
    );
    const place = await eventually("served", () => gateway.addressOf(`default/${name}`));
    expect((await call(place, "https://one.test.localhost/")).status).toBe(404);
    expect((await call(place, "https://one.test.localhost/", { headers: { host: "two.test.localhost" } })).status).toBe(
      421,
    );
  });
});

it("stops with its signal", async () => {
  const open = await startTcp(silent);
  const host = await publish(open);
  const request = openCall(at, `https://${host}/`);
  const broken = once(request, "error");
  request.end();
  await eventually("request under way", () => (open.connections.size > 0 ? true : undefined));
  stop.abort();
  await gateway.closed;
  await broken;
  await expect(call(at, `https://${host}/`)).rejects.toThrow("ECONNREFUSED");
});
