// Run by `bench:parallel`, in four workers at once.
import { readFileSync } from "node:fs";
import https from "node:https";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import type { RunningPlatform } from "../../src/index.ts";
import type { Facts } from "./rounds.ts";

const { startPlatform } = (await import(
  path.resolve(import.meta.dirname, "../../dist/index.js")
)) as typeof import("../../src/index.ts");
const EACH = 4;

let platforms: RunningPlatform[] = [];
/** Of all platforms of all workers, in no order. */
let everybody: readonly Facts[] = [];

beforeAll(async () => {
  platforms = await Promise.all(Array.from({ length: EACH }, () => startPlatform({ engine: "embedded" })));
});
afterAll(async () => {
  await Promise.all(platforms.map((platform) => platform[Symbol.asyncDispose]()));
});

/** All workers have come this far, and none gets further before. */
const everybodyIsAt = async <T>(point: string, said: T): Promise<T[]> => {
  const answer = await fetch(`${process.env["BENCH_BARRIER"]}/${point}`, {
    method: "POST",
    body: JSON.stringify(said),
  });
  return (await answer.json()) as T[];
};

const factsOf = async (platform: RunningPlatform): Promise<Facts> => {
  const file = platform.kubeconfig("control");
  const { clusters } = parse(readFileSync(file, "utf8")) as { clusters: { cluster: { server: string } }[] };
  const { items } = await platform.plane("default-dataplane").list({ apiVersion: "v1", kind: "Pod" });
  const [pod] = items as { status?: { podIP?: string } }[];
  return {
    worker: process.pid,
    name: platform.name,
    gateway: new URL(await platform.url(`only-${platform.name}`)).port,
    server: clusters[0]?.cluster.server ?? "",
    folder: path.dirname(path.dirname(file)),
    pod: pod?.status?.podIP ?? "",
  };
};

test("each platform serves what was given to it", async () => {
  await Promise.all(
    platforms.map(async (platform) => {
      const component = `only-${platform.name}`;
      await platform.serve(component, () => new Response(platform.name));
      expect(await (await platform.fetch(component)).text()).toBe(platform.name);
    }),
  );
  const all = await everybodyIsAt("up", await Promise.all(platforms.map(factsOf)));
  everybody = all.flat();
});

test("no two of those that run now share a name, a port, an address or a folder", () => {
  expect(new Set(everybody.map(({ worker }) => worker)).size).toBe(4);
  expect(everybody).toHaveLength(4 * EACH);
  for (const what of ["name", "gateway", "server", "folder", "pod"] as const) {
    const values = everybody.map((one) => one[what]);
    expect(values).not.toContain("");
    expect([what, new Set(values).size]).toEqual([what, everybody.length]);
  }
});

test("what is applied to one is there and nowhere else", async () => {
  await Promise.all(
    platforms.map(async (platform) => {
      const ofKind = async (kind: string): Promise<string[]> =>
        (await platform.control.list({ apiVersion: "core.choreo.dev/v1", kind })).items.map((one) => one.metadata.name);
      expect(await ofKind("Component")).toEqual([`only-${platform.name}`]);
      expect(await ofKind("Deployment")).toEqual([`only-${platform.name}-development`]);
      const { items } = await platform.plane("default-dataplane").list({ apiVersion: "v1", kind: "Pod" });
      expect(items).toHaveLength(1);
    }),
  );
});

test("one platform's authority is nobody else's", async () => {
  const [mine] = platforms;
  const others = everybody.filter(({ worker }) => worker !== process.pid);
  for (const { gateway, name } of others) {
    const asked = ask(Number(gateway), mine?.ca ?? "");
    await expect(asked, `${mine?.name} asks ${name}`).rejects.toThrow(/self-signed|unable to (get|verify)|signature/);
  }
});

// None goes before all have looked: the checks above are of platforms that run.
test("all of them are still there", async () => {
  await everybodyIsAt("looked", process.pid);
  const texts = platforms.map(async (one) => (await one.fetch(`only-${one.name}`)).text());
  expect(await Promise.all(texts)).toEqual(platforms.map(({ name }) => name));
  await everybodyIsAt("done", process.pid);
});

const ask = (port: number, ca: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port, ca, servername: "dev.choreoapis.localhost" };
    https.get(options, (answer) => resolve(answer.statusCode ?? 0)).once("error", reject);
  });
