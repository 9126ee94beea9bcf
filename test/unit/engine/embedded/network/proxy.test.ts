import { once } from "node:events";
import net from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { isNoEndpoints } from "../../../../../src/engine/embedded/network/dial.ts";
import {
  type ServiceProxy,
  type ServiceProxyOptions,
  startServiceProxy,
} from "../../../../../src/engine/embedded/network/proxy/service-proxy.ts";
import { createManualClock } from "../../../../helpers/manual-clock.ts";
import {
  closeBackends,
  dialEndpoint,
  eventually,
  greeter,
  hear,
  put,
  service,
  silent,
  slice,
  startTcp,
  startWorld,
  type World,
} from "./world.ts";

let world: World;
let stop: AbortController;
let proxy: ServiceProxy;
let said: string[];
let names = 0;

beforeAll(async () => {
  world = await startWorld();
}, 60_000);
afterAll(() => world.stop());

const start = async (options: Partial<ServiceProxyOptions> = {}): Promise<void> => {
  proxy = startServiceProxy(world.client, {
    signal: stop.signal,
    log: silent,
    dial: dialEndpoint,
    events: (object, type, reason, message) => said.push(`${object.metadata.name} ${type} ${reason} ${message}`),
    ...options,
  });
  await proxy.ready;
};
beforeEach(async () => {
  stop = new AbortController();
  said = [];
  await start();
});
afterEach(async () => {
  stop.abort();
  await proxy.closed;
  await closeBackends();
});

/** A service with an address of the test's own: the real API server gives none in 127.0.0.0/8. */
const makeService = async (
  spec: object = {},
): Promise<{ readonly name: string; readonly at: { address: string; port: number } }> => {
  const name = `svc-${++names}`;
  await world.client.create(service(name, { ports: [{ port: 80 }], ...spec }));
  const at = await eventually("listener", () => proxy.addressOf({ namespace: "default", name }, 80));
  return { name, at };
};

const answers = (at: { address: string; port: number }, wanted: string): Promise<true> =>
  eventually(`answer ${wanted}`, async () => ((await hear(at.address, at.port)) === wanted ? true : undefined));

describe("endpoints of a service", () => {
  it("take turns", async () => {
    const { name, at } = await makeService();
    const [one, two] = [await greeter("one"), await startTcp((socket) => socket.end("two"))];
    await put(world.client, slice(name, one.port, [one]));
    await put(world.client, slice(name, two.port, [two], { name: `${name}-2` }));
    await answers(at, "two");
    const heard = [];
    for (let at4 = 0; at4 < 4; at4++) heard.push(await hear(at.address, at.port));
    expect(heard.toSorted()).toEqual(["one", "one", "two", "two"]);
    expect(heard[0]).not.toBe(heard[1]);
  });

  it("are refused at once when none is ready, and used when one becomes so", async () => {
    const { name, at } = await makeService();
    expect(await hear(at.address, at.port)).toBe("ECONNRESET");
    const one = await greeter("one");
    await put(world.client, slice(name, one.port, [{ ...one, conditions: { ready: false } }]));
    expect(await hear(at.address, at.port)).toBe("ECONNRESET");
    await put(world.client, slice(name, one.port, [one]));
    await answers(at, "one");
  });

  it("that terminate serve only while nothing is ready", async () => {
    const { name, at } = await makeService();
    const [old, young] = [await greeter("old"), await greeter("young")];
    const conditions = { ready: false, serving: true, terminating: true };
    await put(world.client, slice(name, old.port, [{ ...old, conditions }]));
    await answers(at, "old");
    await put(world.client, slice(name, young.port, [young], { name: `${name}-2` }));
    await answers(at, "young");
    expect(await hear(at.address, at.port)).toBe("young");
  });

  it("that refuse are passed over before any byte is lost", async () => {
    const { name, at } = await makeService();
    const [dead, echo] = [await greeter("dead"), await startTcp((socket) => socket.pipe(socket))];
    await dead.close();
    await put(world.client, slice(name, echo.port, [echo]));
    await put(world.client, slice(name, dead.port, [dead], { name: `${name}-2` }));
    await eventually("both", async () => ((await hear(at.address, at.port, "x")) === "x" ? true : undefined));
    for (let turn = 0; turn < 4; turn++) expect(await hear(at.address, at.port, "said early")).toBe("said early");
  });

  it("are found by the name of the port", async () => {
    const { name, at } = await makeService({
      ports: [
        { name: "web", port: 80 },
        { name: "admin", port: 81 },
      ],
    });
    const [web, admin] = [await greeter("web"), await greeter("admin")];
    await put(world.client, slice(name, web.port, [web], { portName: "web" }));
    await put(world.client, slice(name, admin.port, [admin], { portName: "admin", name: `${name}-2` }));
    await answers(at, "web");
    const second = await eventually("port 81", () => proxy.addressOf({ namespace: "default", name }, 81));
    await answers(second, "admin");
    expect(await hear(at.address, at.port)).toBe("web");
  });

  it("roll under load without a failed connection", async () => {
    const { name, at } = await makeService();
    let current = await greeter("0");
    await put(world.client, slice(name, current.port, [current]));
    await answers(at, "0");
    const failures: string[] = [];
    const rolling = new AbortController();
    let calls = 0;
    const caller = async (): Promise<void> => {
      while (!rolling.signal.aborted) {
        const heard = await hear(at.address, at.port);
        calls++;
        if (!/^\d$/.test(heard)) failures.push(heard);
      }
    };
    const callers = [caller(), caller(), caller(), caller()];
    for (let generation = 1; generation <= 5; generation++) {
      const next = await greeter(String(generation));
      const both = slice(name, 0, []);
      await put(world.client, slice(name, next.port, [next], { name: `${name}-${generation}x` }));
      await answers(at, String(generation));
      await put(world.client, { ...both, metadata: { ...both.metadata, name: `${name}-${generation - 1}x` } });
      if (generation === 1) await put(world.client, slice(name, current.port, []));
      await world.client.delete({ ...slice(name, 0, []), name: `${name}-${generation - 1}x`, namespace: "default" });
      // Whoever has just been chosen is still listening; it goes when its connections have.
      const old = current;
      await eventually("only the new one", async () => {
        const heard = [
          await hear(at.address, at.port),
          await hear(at.address, at.port),
          await hear(at.address, at.port),
        ];
        return heard.every((one) => one === String(generation)) ? true : undefined;
      });
      await eventually("drained", () => (old.connections.size === 0 ? true : undefined));
      await old.close();
      current = next;
    }
    rolling.abort();
    await Promise.all(callers);
    expect(failures).toEqual([]);
    expect(calls).toBeGreaterThan(20);
  }, 30_000);
});

describe("a connection", () => {
  it("stays when its endpoint is removed and ends by itself", async () => {
    const { name, at } = await makeService();
    const echo = await startTcp((socket) => socket.pipe(socket));
    await put(world.client, slice(name, echo.port, [echo]));
    await eventually("echo", async () => ((await hear(at.address, at.port, "x")) === "x" ? true : undefined));
    const socket = net.connect({ host: at.address, port: at.port });
    socket.write("a");
    await once(socket, "data");
    await put(world.client, slice(name, echo.port, []));
    await eventually("gone", async () => ((await hear(at.address, at.port)) === "ECONNRESET" ? true : undefined));
    socket.end("still here");
    expect(await text(socket)).toBe("still here");
  });

  it("is closed in each direction alone", async () => {
    const { name, at } = await makeService();
    const counter = await startTcp((socket) => {
      let bytes = 0;
      socket.on("data", (chunk: Buffer) => (bytes += chunk.length));
      socket.once("end", () => socket.end(`${bytes} bytes`));
    });
    await put(world.client, slice(name, counter.port, [counter]));
    await answers(at, "0 bytes");
    expect(await hear(at.address, at.port, "x".repeat(3_000_000))).toBe("3000000 bytes");
  });

  it("is no faster than its reader", async () => {
    const { name, at } = await makeService();
    let sent = 0;
    const flood = await startTcp((socket) => {
      const more = (): void => {
        while (!socket.destroyed) {
          sent += 65_536;
          if (!socket.write(Buffer.alloc(65_536))) break;
        }
      };
      socket.on("drain", more);
      more();
    });
    await put(world.client, slice(name, flood.port, [flood]));
    const socket = await eventually("flood", async () => {
      const one = net.connect({ host: at.address, port: at.port });
      one.on("error", silent);
      const began = await Promise.race([once(one, "readable").then(() => true), once(one, "close").then(() => false)]);
      return began ? one : undefined;
    });
    let before = -1;
    await eventually("standstill", () => {
      const still = sent === before;
      before = sent;
      return still ? true : undefined;
    });
    // What the kernel keeps for four sockets and node for two streams; a proxy that reads on would have no limit.
    expect(sent).toBeLessThan(64 * 1024 * 1024);
    socket.destroy();
    await eventually("backend released", () => (flood.connections.size === 0 ? true : undefined));
  });

  it("breaks on one side when it breaks on the other", async () => {
    const { name, at } = await makeService();
    const breaker = await startTcp((socket) => {
      socket.once("data", () => socket.resetAndDestroy());
    });
    await put(world.client, slice(name, breaker.port, [breaker]));
    await eventually("target", async () => {
      const socket = await proxy.dial({ namespace: "default", name }, 80).catch(() => undefined);
      socket?.destroy();
      return socket;
    });
    expect(await hear(at.address, at.port, "go")).toBe("ECONNRESET");
  });
});

describe("session affinity", () => {
  it("keeps a client at its endpoint until it has been away too long", async () => {
    const clock = createManualClock();
    stop.abort();
    await proxy.closed;
    stop = new AbortController();
    await start({ clock });
    const sessionAffinityConfig = { clientIP: { timeoutSeconds: 60 } };
    const { name } = await makeService({ sessionAffinity: "ClientIP", sessionAffinityConfig });
    const [one, two] = [await greeter("one"), await greeter("two")];
    await put(world.client, slice(name, one.port, [one]));
    await put(world.client, slice(name, two.port, [two], { name: `${name}-2` }));
    const call = async (client: string): Promise<string> =>
      text(await proxy.dial({ namespace: "default", name }, 80, client)).catch(String);
    await eventually("both", async () => {
      const heard = [await call("a"), await call("b"), await call("c"), await call("d")];
      return new Set(heard).size === 2 ? true : undefined;
    });
    const first = await call("127.0.0.9");
    for (let turn = 0; turn < 5; turn++) expect(await call("127.0.0.9")).toBe(first);
    await clock.advance(60_000);
    const after = new Set<string>();
    for (let turn = 0; turn < 2; turn++) {
      after.add(await call("127.0.0.9"));
      await clock.advance(60_000);
    }
    expect(after.size).toBe(2);
  });
});

describe("what cannot be served", () => {
  it("says so when a port is taken and listens elsewhere", async () => {
    const { name, at } = await makeService();
    const { spec } = (await world.client.get({ ...service(name, {}), name, namespace: "default" })) as unknown as {
      spec: { clusterIP: string };
    };
    // The API server of the test gives addresses that this machine does not have.
    if (at.address !== spec.clusterIP) {
      expect(said.join()).toContain(`${name} Warning PortNotBound ${spec.clusterIP}:80 cannot be listened on`);
      expect(said.join()).toContain(`it is ${at.address}:${at.port} instead`);
    }
    const one = await greeter("one");
    await put(world.client, slice(name, one.port, [one]));
    await answers(at, "one");
  });

  it("listens on node ports", async () => {
    const name = `svc-${++names}`;
    const probe = await greeter("probe");
    await probe.close();
    const nodePort = 30_000 + (process.pid % 2767);
    await world.client.create(service(name, { type: "NodePort", ports: [{ port: 80, nodePort }] }));
    const one = await greeter("one");
    await put(world.client, slice(name, one.port, [one]));
    await answers({ address: "127.0.0.1", port: nodePort }, "one");
    expect(await hear("127.0.0.1", nodePort)).toBe("one");
  });

  it("has no listener for headless services, names and UDP, and says so of UDP", async () => {
    await world.client.create(service("headless", { clusterIP: "None", ports: [{ port: 80 }] }));
    await world.client.create(service("outside", { type: "ExternalName", externalName: "example.com" }));
    await world.client.create(service("udp", { ports: [{ port: 53, protocol: "UDP" }] }));
    const { name } = await makeService();
    expect(name).toBeDefined();
    expect(said.filter((line) => line.includes("ProtocolNotSupported"))).toEqual([
      expect.stringContaining("udp Warning ProtocolNotSupported default/udp port 53: UDP is not supported"),
    ]);
    for (const other of ["headless", "outside"]) {
      expect(proxy.addressOf({ namespace: "default", name: other }, 80)).toBeUndefined();
    }
    const error = await proxy.dial({ namespace: "default", name: "nobody" }, 80).catch((reason: unknown) => reason);
    expect(isNoEndpoints(error)).toBe(true);
  });

  it("closes the listener of a service that is deleted, and all at the end", async () => {
    const { name, at } = await makeService();
    await world.client.delete({ apiVersion: "v1", kind: "Service", name, namespace: "default" });
    await eventually("closed", async () => ((await hear(at.address, at.port)) === "ECONNREFUSED" ? true : undefined));
    const other = await makeService();
    stop.abort();
    await proxy.closed;
    expect(await hear(other.at.address, other.at.port)).toBe("ECONNREFUSED");
  });
});
