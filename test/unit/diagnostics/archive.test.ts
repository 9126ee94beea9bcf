import { statSync, writeFileSync, readFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { readArchive, writeArchive, writeFolder } from "../../../src/diagnostics/archive.ts";
import { bounded } from "../../../src/diagnostics/diagnostics.ts";
import { temporaryFolder } from "../../helpers/temporary-folder.ts";

const sample = bounded("shop", "1.2.3", {
  parts: [
    { path: "status.json", text: "{}\n" },
    { path: "clusters/shop/logs/ns/pod/main.log", text: "grüß dich 😀\n".repeat(1000) },
    { path: "../../out.txt", text: "a server may call a pod anything\n" },
  ],
  missing: [{ path: "containers", why: "Docker does not answer" }],
});

describe("an archive of diagnostics", () => {
  test("gives back what was put into it, and only its owner can read it", async () => {
    const file = path.join(temporaryFolder(), "a.tar.gz");
    const bytes = await writeArchive(file, sample);
    expect(await readArchive(file)).toEqual(sample);
    expect([statSync(file).mode & 0o777, statSync(file).size]).toEqual([0o600, bytes]);
  });

  test("can be written as a folder, out of which no name leads", async () => {
    const dir = path.join(temporaryFolder(), "inner", "folder");
    await writeFolder(dir, sample);
    expect(readFileSync(path.join(dir, "_", "_", "out.txt"), "utf8")).toContain("anything");
    expect(JSON.parse(readFileSync(path.join(dir, "diagnostics.json"), "utf8"))).toEqual(sample.manifest);
  });

  test.each([
    ["nothing", undefined, "E_NOT_FOUND"],
    ["text", Buffer.from("hello"), "E_USAGE"],
    ["another compressed file", gzipSync("hello"), "E_USAGE"],
    ["a cut archive", "cut", "E_USAGE"],
  ])("is told from %s", async (_what, content, code) => {
    const file = path.join(temporaryFolder(), "a.tar.gz");
    if (content === "cut") {
      await writeArchive(file, sample);
      writeFileSync(file, readFileSync(file).subarray(0, 200));
    } else if (content !== undefined) writeFileSync(file, content);
    await expect(readArchive(file)).rejects.toMatchObject({ code });
  });
});
