import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DevEvent } from "../../src/dev/loop/session.ts";
import { createWorld } from "../acceptance/world.ts";
import { untilTrue } from "../helpers/until.ts";

const BIN = path.resolve(import.meta.dirname, "../../bin/choreo-dev.js");
const COMPONENT = "platformComponents:\n  - { name: pod-counter, path: src, manifests: manifests.yaml }\n";

const isReady = (status: unknown): boolean =>
  (status as { conditions?: { type: string; status: string }[] }).conditions?.some(
    (condition) => condition.type === "Ready" && condition.status === "True",
  ) === true;

/** In order: each test goes on with the platform of the one before. */
describe("a part of the platform that is built from source, on the embedded engine", () => {
  const world = createWorld("embedded", "part");
  const { box } = world;
  const source = path.join(box.dir, "src", "counter.js");
  const events: DevEvent[] = [];
  let child: ChildProcess | undefined;
  afterAll(() => child?.kill("SIGKILL"));

  beforeAll(async () => {
    cpSync(path.resolve("samples/platform-component"), box.dir, { recursive: true });
    world.configure(COMPONENT);
    await box.ok(["up"]);
  });

  const labelled = async (): Promise<string[]> => {
    const types = [
      { apiVersion: "apps/v1", kind: "Deployment" },
      { apiVersion: "v1", kind: "ServiceAccount" },
      { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole" },
      { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding" },
      { apiVersion: "v1", kind: "ConfigMap" },
    ];
    const found = await Promise.all(types.map((type) => world.list(world.name, type, "choreo.dev/addon=pod-counter")));
    return found.flat().map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  };
  /** Of the newest pod that stays. */
  const logs = async (): Promise<string> => {
    const pods = await world.list(world.name, { apiVersion: "v1", kind: "Pod" }, "app=pod-counter");
    const pod = pods
      .filter(({ metadata, status }) => metadata.deletionTimestamp === undefined && isReady(status))
      .toSorted((a, b) => (b.metadata.creationTimestamp ?? "").localeCompare(a.metadata.creationTimestamp ?? ""))[0];
    const { name = "", namespace = "" } = pod?.metadata ?? {};
    let text = "";
    for await (const piece of (await world.client(world.name)).logs({ namespace, name })) text += piece;
    return text;
  };
  const save = async (text: string): Promise<Extract<DevEvent, { type: "change" }>> => {
    const from = events.length;
    writeFileSync(source, text);
    return untilTrue("the change", async () => events.slice(from).find((event) => event.type === "change"), 60_000);
  };

  test("works with its service account when up returns; a second up has nothing to do", async () => {
    expect(await logs()).toMatch(/^\d+ pods\n/);
    expect((await labelled()).length).toBe(5);
    expect(await world.planned()).toEqual([]);
    const control = (await box.ok(["status", "-o", "json"])).stdout;
    expect(control).toContain('"name": "pod-counter"');
  });

  test("is rolled out again by up when its source is another one, and plan says so", async () => {
    writeFileSync(source, readFileSync(source, "utf8").replace("${pods} pods", "${pods} pods now"));
    expect(await world.planned()).toEqual([
      expect.stringMatching(/^in-place addon\/pod-counter@\S+: version [0-9a-f]{8} → [0-9a-f]{8}$/),
    ]);
    await box.ok(["up"]);
    expect(await logs()).toMatch(/^\d+ pods now\n/);
  });

  test("is rolled out on every save by dev; what does not start changes nothing, and the next save heals", async () => {
    child = spawn(process.execPath, [BIN, "dev", "-o", "ndjson"], {
      cwd: box.dir,
      env: box.env,
      stdio: ["ignore", "pipe", "inherit"],
    });
    if (child.stdout === null) throw new Error("no output");
    createInterface({ input: child.stdout }).on("line", (line) => events.push(JSON.parse(line) as DevEvent));
    await untilTrue("the watch", async () => (events.some(({ type }) => type === "watching") ? true : undefined));
    const good = readFileSync(source, "utf8");
    const broken = await save(`throw new Error("no counter");\n`);
    expect(broken).toMatchObject({ component: "pod-counter", outcome: { state: "failed" } });
    expect(broken.outcome.message).toContain("no counter");
    expect(await logs()).toMatch(/^\d+ pods now\n/);
    const healed = await save(good.replace("pods now", "pods again"));
    expect(healed.outcome).toMatchObject({ path: "rebuild", state: "ready" });
    expect(await logs()).toMatch(/^\d+ pods again\n/);
    child.kill("SIGINT");
  });

  test("is removed with everything that it brought when it is taken out of the file", async () => {
    world.configure();
    expect(await world.planned()).toEqual([expect.stringMatching(/^remove remove-addon\/pod-counter@/)]);
    await box.ok(["up"]);
    expect(await labelled()).toEqual([]);
    await untilTrue("its pods to go", async () => {
      const pods = await world.list(world.name, { apiVersion: "v1", kind: "Pod" }, "app=pod-counter");
      return pods.length === 0 ? true : undefined;
    });
  });
});
