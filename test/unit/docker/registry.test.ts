import { describe, expect, test } from "vitest";
import { ensureRegistry, observeRegistry } from "../../../src/docker/registry.ts";
import { type FakeAnswer, type FakeCall, startFakeDocker } from "./fake-docker.ts";

const SPEC = {
  name: "demo-registry",
  network: "choreo-dev-demo",
  address: "10.1.0.254",
  labels: { "choreo.dev/platform": "demo" },
};

interface Container {
  readonly running: boolean;
  readonly port: string;
  readonly address: string;
  readonly labels: Readonly<Record<string, string>>;
}

const GOOD: Container = { running: true, port: "30123", address: SPEC.address, labels: SPEC.labels };

interface Created {
  readonly Labels: Record<string, string>;
  readonly HostConfig: {
    readonly PortBindings: Record<string, { readonly HostIp: string; readonly HostPort: string }[]>;
  };
  readonly NetworkingConfig: {
    readonly EndpointsConfig: Record<string, { readonly IPAMConfig: { readonly IPv4Address: string } }>;
  };
}

/** Docker with one container, as far as the registry needs it. `refuse` may refuse a start on a port. */
const machine = (initial: Container | undefined, refuse: (port: string) => boolean = () => false) => {
  let container = initial;
  const done: string[] = [];
  const answer = ({ method, path, body }: FakeCall): FakeAnswer | undefined => {
    if (path.startsWith("/images/")) return { body: { Id: "sha256:1" } };
    if (path === "/volumes/create") return { body: {} };
    if (path === "/containers/create") {
      const { Labels, HostConfig, NetworkingConfig } = body as unknown as Created;
      const [binding] = HostConfig.PortBindings["5000/tcp"] ?? [];
      const address = NetworkingConfig.EndpointsConfig[SPEC.network]?.IPAMConfig.IPv4Address ?? "";
      done.push(`create on ${binding?.HostIp}`);
      container = { running: false, port: binding?.HostPort ?? "", address, labels: Labels };
      return { status: 201, body: { Id: "r" } };
    }
    if (container === undefined) return undefined;
    if (method === "DELETE") {
      container = undefined;
      done.push("remove");
      return { status: 204, body: "" };
    }
    if (path.endsWith("/start")) {
      if (refuse(container.port))
        return { status: 500, body: { message: "Bind for 127.0.0.1 failed: port is already allocated" } };
      container = { ...container, running: true };
      done.push("start");
      return { status: 204, body: "" };
    }
    return { body: inspected(container) };
  };
  return { answer, done };
};

const inspected = ({ running, port, address, labels }: Container): unknown => ({
  State: { Running: running },
  Config: { Labels: labels },
  HostConfig: { PortBindings: { "5000/tcp": [{ HostIp: "127.0.0.1", HostPort: port }] } },
  NetworkSettings: {
    Ports: running ? { "5000/tcp": [{ HostIp: "127.0.0.1", HostPort: port }] } : {},
    Networks: { [SPEC.network]: { IPAMConfig: { IPv4Address: address } } },
  },
});

describe("the platform's registry", () => {
  test("is made on loopback when there is none", async () => {
    const { answer, done } = machine(undefined);
    await using fake = await startFakeDocker(answer);
    const { hostPort } = await ensureRegistry(fake.docker, SPEC);
    expect(hostPort).toBeGreaterThan(1024);
    expect(done).toEqual(["create on 127.0.0.1", "start"]);
    expect(await observeRegistry(fake.docker, SPEC)).toEqual({ state: "ok", hostPort });
  });

  test("is left alone when it is as it should be", async () => {
    const { answer, done } = machine(GOOD);
    await using fake = await startFakeDocker(answer);
    expect(await ensureRegistry(fake.docker, SPEC)).toEqual({ hostPort: 30_123 });
    expect(done).toEqual([]);
  });

  test("is only started when it is stopped", async () => {
    const { answer, done } = machine({ ...GOOD, running: false });
    await using fake = await startFakeDocker(answer);
    expect(await ensureRegistry(fake.docker, SPEC)).toEqual({ hostPort: 30_123 });
    expect(done).toEqual(["start"]);
  });

  test.each([
    ["another address", { address: "10.1.0.7" }],
    ["another platform's labels", { labels: { "choreo.dev/platform": "other" } }],
  ])("is made again, on the same port, when it has %s", async (_what, difference) => {
    const { answer, done } = machine({ ...GOOD, ...difference });
    await using fake = await startFakeDocker(answer);
    expect(await ensureRegistry(fake.docker, SPEC)).toEqual({ hostPort: 30_123 });
    expect(done).toEqual(["remove", "create on 127.0.0.1", "start"]);
  });

  test("moves to another port when somebody else took its own", async () => {
    const { answer } = machine({ ...GOOD, running: false }, (port) => port === "30123");
    await using fake = await startFakeDocker(answer);
    const { hostPort } = await ensureRegistry(fake.docker, SPEC);
    expect(hostPort).not.toBe(30_123);
  });

  test("gives up when no port can be had", async () => {
    const { answer } = machine(undefined, () => true);
    await using fake = await startFakeDocker(answer);
    await expect(ensureRegistry(fake.docker, SPEC)).rejects.toMatchObject({ code: "E_DOCKER" });
  });

  test("needs an image that can be had", async () => {
    await using fake = await startFakeDocker(({ path }) =>
      path === "/images/create" ? { body: '{"status":"Pulling"}\n{"error":"no route to host"}\n' } : undefined,
    );
    await expect(ensureRegistry(fake.docker, SPEC)).rejects.toMatchObject({ code: "E_IMAGE", why: "no route to host" });
  });
});
