import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Deployment, type RunningPlatform, startPlatform } from "../../../src/index.ts";
import { sandbox } from "../../helpers/cli.ts";

const samples = path.resolve(import.meta.dirname, "../../../samples");
const box = sandbox("library");
const env = box.env;
const stateFolders = (): string[] =>
  readdirSync(path.join(box.home, "state", "choreo-dev")).filter((name) => name.startsWith("t-"));
afterAll(() => box.remove());

describe("a platform in this process", () => {
  let platform: RunningPlatform;
  let calls = 0;
  beforeAll(async () => {
    platform = await startPlatform({
      engine: "embedded",
      env,
      components: {
        catalog: async (request) => {
          calls++;
          const { pathname, searchParams } = new URL(request.url);
          const text = await request.text();
          return Response.json(
            { pathname, q: searchParams.get("q"), text, method: request.method },
            { status: 201, headers: { "x-answered-by": "catalog" } },
          );
        },
      },
    });
  });
  afterAll(() => platform?.[Symbol.asyncDispose]());

  test("serves a function as a component, through the gateway and its certificate", async () => {
    const answer = await platform.fetch("catalog", "/prices?q=1", { method: "POST", body: "three" });
    expect(answer.status).toBe(201);
    expect(answer.headers.get("x-answered-by")).toBe("catalog");
    expect(await answer.json()).toMatchObject({ q: "1", text: "three", method: "POST" });
    expect(calls).toBe(1);
    const url = await platform.url("catalog", { environment: "development" });
    expect(url).toMatch(/^https:\/\/dev\.choreoapis\.localhost:\d+\/default-project\/catalog/);
  });

  test("replaces a function by another one without a moment of neither", async () => {
    const answers: number[] = [];
    const served = new AbortController();
    const asked = (async () => {
      while (!served.signal.aborted) answers.push((await platform.fetch("catalog")).status);
    })();
    await platform.serve("catalog", () => new Response("second", { status: 202 }));
    served.abort();
    await asked;
    expect(new Set(answers)).toEqual(new Set([201, 202].filter((status) => answers.includes(status))));
    expect((await platform.fetch("catalog")).status).toBe(202);
  });

  test("applies folders, waits for conditions, reads logs and deletes", async () => {
    const [first] = await platform.apply(path.join(samples, "webapp-from-image"));
    expect(first?.kind).toBe("Component");
    const ready = await platform.waitFor<Deployment>({ kind: "Deployment", name: "webapp-development" }, "Ready");
    expect(ready.spec.deploymentArtifactRef).toBe("webapp-v1");
    const webapp = platform.component("webapp");
    await webapp.ready({ environment: "development" });
    expect((await webapp.fetch()).status).toBe(200);
    expect(await webapp.logs({ environment: "development" })).toEqual(expect.any(String));
    await platform.delete(path.join(samples, "webapp-from-image"));
    expect(await webapp.object()).toBeUndefined();
  });

  test("says what is missing when a wait is in vain", async () => {
    const wait = platform.waitFor({ kind: "Project", name: "default-project" }, "Created=False", { timeoutMs: 50 });
    await expect(wait).rejects.toMatchObject({ code: "E_NOT_READY", why: expect.stringContaining("Created=True") });
    await expect(platform.component("nobody").ready({ timeoutMs: 50 })).rejects.toMatchObject({ code: "E_NOT_READY" });
  });

  test("gives out clients and kubeconfigs of its planes", async () => {
    const data = platform.plane("default-dataplane");
    const { items } = await data.list({ apiVersion: "v1", kind: "Pod" });
    expect(items.length).toBeGreaterThan(0);
    expect(readFileSync(platform.kubeconfig("control"), "utf8")).toContain("certificate-authority-data");
    expect(() => platform.plane("nowhere")).toThrow(expect.objectContaining({ code: "E_NOT_FOUND" }));
  });

  test("comes back to a snapshot: what came since is gone, what went is there", async () => {
    await platform.serve("before", () => new Response("before"));
    const snapshot = platform.snapshot();
    await platform.serve("after", () => new Response("after"));
    await platform.delete({ kind: "Component", name: "before" });
    await platform.restore(snapshot);
    expect(await (await platform.fetch("before")).text()).toBe("before");
    expect(await platform.component("after").object()).toBeUndefined();
  });

  test("has organizations that do not see each other", async () => {
    await using mine = await platform.isolate();
    await using yours = await platform.isolate();
    await Promise.all([
      mine.serve("shop", () => new Response("mine")),
      yours.serve("shop", () => new Response("yours")),
    ]);
    const texts = await Promise.all([mine, yours].map(async (one) => (await one.fetch("shop")).text()));
    expect(texts).toEqual(["mine", "yours"]);
    expect(await platform.component("shop").object()).toBeUndefined();
  });

  test("writes down what is known, without secrets", async () => {
    const dir = mkdtempSync(path.join(os.tmpdir(), "choreo-dev-evidence-"));
    await platform.diagnostics(dir);
    const files = readdirSync(dir, { recursive: true }).map(String);
    const text = (file: string): string => readFileSync(path.join(dir, file), "utf8");
    expect(files).toContain("journal.ndjson");
    expect(files.filter((name) => name.includes(`clusters/${platform.name}/`)).length).toBeGreaterThan(5);
    const written = files.filter((name) => /\.(json|txt|log|ndjson)$/.test(name)).map(text);
    expect(written.some((one) => one.includes("catalog-development"))).toBe(true);
    expect(written.filter((one) => one.includes("PRIVATE KEY"))).toEqual([]);
    rmSync(dir, { recursive: true });
  });
});

test("a platform with one cluster per plane starts the same way", async () => {
  const platform = await startPlatform({
    engine: "embedded",
    env,
    topology: "multi-cluster",
    planes: {
      data: [
        { name: "west", environments: ["development"] },
        { name: "east", environments: ["staging", "production"] },
      ],
    },
    components: { hello: () => new Response("hello") },
  });
  expect(platform.topology).toBe("multi-cluster");
  expect(await (await platform.fetch("hello")).text()).toBe("hello");
  const pods = async (plane: string) => (await platform.plane(plane).list({ apiVersion: "v1", kind: "Pod" })).items;
  expect([await pods("west"), await pods("east")].map(({ length }) => length)).toEqual([1, 0]);
  expect(stateFolders()).toContain(platform.name);
  await platform[Symbol.asyncDispose]();
  expect(stateFolders()).not.toContain(platform.name);
});

test("a configuration that is wrong says so before anything is made", async () => {
  const wrong = startPlatform({ engine: "embedded", env, planes: { data: [{ name: "UPPER" }] } });
  await expect(wrong).rejects.toMatchObject({ code: "E_CONFIG" });
  expect(existsSync(path.join(box.home, "state", "choreo-dev")) ? stateFolders() : []).toEqual([]);
});
