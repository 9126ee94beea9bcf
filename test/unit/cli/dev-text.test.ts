import { describe, expect, test } from "vitest";
import { createDevText } from "../../../src/cli/render/dev-text.ts";
import { styleFor } from "../../../src/cli/render/style.ts";
import type { DevEvent } from "../../../src/dev/loop/session.ts";

const style = styleFor({ write: () => undefined }, {});
const at = (time: string): Date => new Date(`2026-01-02T${time}`);
const change = (outcome: Extract<DevEvent, { type: "change" }>["outcome"], files = ["src/prices.js"]): DevEvent => ({
  type: "change",
  component: "catalog",
  changes: files.map((path) => ({ path, kind: "written" })),
  outcome,
  ms: 118.4,
});
const ready = {
  path: "restart",
  state: "ready",
  phases: [
    ["watch", 4.2],
    ["start", 114],
  ],
} as const;

describe("the lines of a dev session", () => {
  test("tell what changed, what was done and how long each phase took", () => {
    const text = createDevText(style);
    expect(text({ type: "watching", component: "catalog", folder: "/src/catalog", files: 38 }, at("14:02:00"))).toBe(
      "watching catalog  /src/catalog, 38 files\n",
    );
    expect(text(change(ready), at("14:02:11"))).toBe(
      "14:02:11  catalog  src/prices.js  restart → ready  118 ms  (4 watch · 114 start)\n",
    );
    expect(text(change(ready, ["a.js", "b.js", "c.js", "d.js"]), at("14:02:12"))).toContain("a.js, b.js and 2 more");
  });

  test("name what is still served after a failure, and that the next one heals", () => {
    const text = createDevText(style);
    text(change(ready), at("14:02:11"));
    const failed = {
      path: "restart",
      state: "failed",
      phases: [],
      message: "SyntaxError: x (prices.js:14)\nmore",
    } as const;
    expect(text(change(failed), at("14:03:02"))).toBe(
      "14:03:02  catalog  src/prices.js  failed: SyntaxError: x (prices.js:14)\n          more\n          still serving the version of 14:02:11\n",
    );
    expect(text(change(ready), at("14:03:09"))).toMatch(/healed\n$/);
    expect(text(change(ready), at("14:03:10"))).not.toMatch(/healed/);
  });

  test("say below what cannot be told from the change", () => {
    const notes = ["no Dockerfile any more: built as Node.js"];
    const text = createDevText(style);
    expect(text(change({ ...ready, notes }), at("14:02:11"))).toMatch(
      /\(4 watch · 114 start\)\n {10}no Dockerfile any more: built as Node\.js\n$/,
    );
    const failed = { ...ready, state: "failed", message: "no", notes: ["no Dockerfile any more"] } as const;
    expect(text(change(failed), at("14:03:02"))).toMatch(
      /failed: no\n {10}no Dockerfile any more\n {10}still serving the version of 14:02:11\n$/,
    );
  });

  test("say why nothing was done", () => {
    const nothing = { path: "nothing", state: "ready", phases: [], message: "served from the folder" } as const;
    expect(createDevText(style)(change(nothing), at("14:00:00"))).toBe(
      "14:00:00  catalog  src/prices.js  served from the folder\n",
    );
  });
});
