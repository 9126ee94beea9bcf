import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type PlatformPool, type RunningPlatform, createPlatformPool } from "../../../src/index.ts";
import { sandbox } from "../../helpers/cli.ts";

const box = sandbox("pool");
const state = path.join(box.home, "state", "choreo-dev");
const stateFolders = (): string[] =>
  existsSync(state) ? readdirSync(state).filter((name) => name.startsWith("t-")) : [];
afterAll(() => box.remove());

const textOf = async (platform: RunningPlatform, component: string): Promise<string> =>
  (await platform.fetch(component)).text();

describe("a pool of platforms", () => {
  let pool: PlatformPool;
  afterAll(() => pool?.[Symbol.asyncDispose]());

  test("hands out what is there already, filled as it was asked for, and each to one only", async () => {
    pool = createPlatformPool({
      size: 2,
      engine: "embedded",
      env: box.env,
      components: { catalog: () => new Response("prices") },
    });
    await pool.warm();
    const there = stateFolders();
    expect(there).toHaveLength(2);
    await using mine = await pool.take();
    await using yours = await pool.take();
    expect([mine.name, yours.name].sort()).toEqual(there.sort());
    await mine.serve("catalog", () => new Response("mine"));
    expect([await textOf(mine, "catalog"), await textOf(yours, "catalog")]).toEqual(["mine", "prices"]);
  });

  test("makes a platform that was given back as it was when it was new", async () => {
    const before = stateFolders();
    for (const round of [1, 2, 3]) {
      await using platform = await pool.take();
      expect(before).toContain(platform.name);
      expect(await textOf(platform, "catalog")).toBe("prices");
      expect(await platform.component("mine").object()).toBeUndefined();
      await platform.serve("mine", () => new Response(`round ${round}`));
      await platform.delete({ kind: "Component", name: "catalog" });
    }
    expect(stateFolders()).toEqual(before);
  });

  test("ends what is waited for on a platform that is given back", async () => {
    const platform = await pool.take();
    const wait = platform.component("nobody").ready();
    await platform[Symbol.asyncDispose]();
    await expect(wait).rejects.toThrow("the platform was given back");
  });

  test("boots another one for those who want more than it keeps, and removes all with itself", async () => {
    const taken = await Promise.all([pool.take(), pool.take(), pool.take()]);
    expect(new Set(taken.map(({ name }) => name)).size).toBe(3);
    await taken[0]?.[Symbol.asyncDispose]();
    await pool[Symbol.asyncDispose]();
    expect(stateFolders()).toEqual([]);
    await expect(pool.take()).rejects.toMatchObject({ code: "E_USAGE" });
  });

  test("tells whoever wants a platform why none can be booted", async () => {
    await using wrong = createPlatformPool({ engine: "embedded", env: box.env, planes: { data: [{ name: "UPPER" }] } });
    await expect(wrong.take()).rejects.toMatchObject({ code: "E_CONFIG" });
    await expect(wrong.warm()).rejects.toMatchObject({ code: "E_CONFIG" });
    expect(() => createPlatformPool({ size: 0 })).toThrow(expect.objectContaining({ code: "E_USAGE" }));
  });
});
