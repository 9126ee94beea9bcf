import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, expect, test } from "vitest";
import { startPlatform } from "../../src/index.ts";
import { sandbox } from "../helpers/cli.ts";

const box = sandbox("parallel");
afterAll(() => box.remove());

test("platforms that start at once in one process share neither name nor port", async () => {
  const platforms = await Promise.all(
    Array.from({ length: 3 }, () => startPlatform({ engine: "embedded", env: box.env })),
  );
  const served = platforms.map(async (platform) => {
    await platform.serve("who", () => new Response(platform.name));
    return [await (await platform.fetch("who")).text(), new URL(await platform.url("who")).port];
  });
  const [names, ports] = [0, 1].map((at) => served.map(async (one) => (await one)[at]));
  expect(await Promise.all(names ?? [])).toEqual(platforms.map(({ name }) => name));
  expect(new Set(await Promise.all(ports ?? [])).size).toBe(3);
  await Promise.all(platforms.map((platform) => platform[Symbol.asyncDispose]()));
});

test("commands that run at once neither fail nor touch the user's kubeconfig", async () => {
  const file = box.env["KUBECONFIG"] ?? "";
  const mine = "apiVersion: v1\nkind: Config\ncontexts: [] # mine\n";
  writeFileSync(file, mine);
  const names = ["p1", "p2", "p3", "p4"];
  const codes = await Promise.all(
    names.map(async (name) => {
      const up = await box.run(["up", "--engine", "embedded", "--platform", name]);
      const down = await box.run(["down", "--force", "--platform", name]);
      return [up.code, down.code];
    }),
  );
  expect(codes).toEqual(names.map(() => [0, 0]));
  expect(readFileSync(file, "utf8")).toBe(mine);
});
