import { chmodSync, symlinkSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { readContext } from "../../../src/source/context.ts";
import { put, tree } from "../dev/watch/files.ts";

const names = async (folder: string): Promise<string[]> =>
  (await readContext(folder)).files.map(({ path: file }) => file);

describe("the context of a build", () => {
  test("is what .dockerignore leaves, and what Docker itself needs", async () => {
    const folder = tree({
      "a.js": "",
      "b.log": "",
      Dockerfile: "",
      ".dockerignore": "*.log\nDockerfile\nlib\n!lib/kept.js\n",
      "lib/x.js": "",
      "lib/kept.js": "",
      ".git/HEAD": "",
    });
    expect(await names(folder)).toEqual([".dockerignore", "Dockerfile", "a.js", "lib/kept.js"]);
  });

  test("is without packages where nothing says what is left out", async () => {
    expect(await names(tree({ "a.js": "", "node_modules/x/index.js": "" }))).toEqual(["a.js"]);
  });

  test("has another digest for another content, name, mode or link, and for nothing else", async () => {
    const folder = tree({ "a.js": "1", Dockerfile: "", ".dockerignore": "*.log" });
    const digest = async (): Promise<string> => (await readContext(folder)).digest;
    const seen = [await digest()];
    put(folder, { "debug.log": "x" });
    expect(await digest()).toBe(seen[0]);
    const changes = [
      () => put(folder, { "a.js": "2" }),
      () => put(folder, { "b.js": "" }),
      () => chmodSync(path.join(folder, "a.js"), 0o755),
      () => symlinkSync("a.js", path.join(folder, "c.js")),
    ];
    for (const change of changes) {
      change();
      seen.push(await digest());
    }
    expect(new Set(seen).size).toBe(changes.length + 1);
  });
});
