import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { checkPrivate, readIfExists, readJsonIfExists, writeFileAtomic } from "../../../src/lib/fs.ts";

const folder = async (): Promise<string> => {
  const dir = await mkdtemp(path.join(os.tmpdir(), "choreo-fs-"));
  onTestFinished(() => rm(dir, { recursive: true }));
  return dir;
};
const modeOf = async (file: string): Promise<string> => ((await stat(file)).mode & 0o777).toString(8);

describe("writing a whole file", () => {
  test("makes its folders, for their owner alone", async () => {
    const dir = await folder();
    const file = path.join(dir, "a", "b", "file");
    await writeFileAtomic(file, "text");
    expect(await readFile(file, "utf8")).toBe("text");
    expect([await modeOf(file), await modeOf(path.join(dir, "a", "b"))]).toEqual(["600", "700"]);
  });

  test("replaces what was there, its mode too", async () => {
    const file = path.join(await folder(), "file");
    await writeFile(file, "a longer text than the next");
    await chmod(file, 0o644);
    await writeFileAtomic(file, "next");
    expect([await readFile(file, "utf8"), await modeOf(file)]).toEqual(["next", "600"]);
    await writeFileAtomic(file, "public", 0o644);
    expect(await modeOf(file)).toBe("644");
  });

  test("leaves nothing half done behind when it fails", async () => {
    const dir = await folder();
    const file = path.join(dir, "file");
    await mkdir(path.join(file, "in-the-way"), { recursive: true });
    await expect(writeFileAtomic(file, "text")).rejects.toHaveProperty("syscall", "rename");
    expect(await readdir(dir)).toEqual(["file"]);
  });

  test("lets a reader see one whole text or the other while many write", async () => {
    const dir = await folder();
    const file = path.join(dir, "file");
    const texts = Array.from({ length: 20 }, (_, i) => String(i).repeat(50_000));
    await writeFileAtomic(file, texts[0] ?? "");
    const writing = Promise.all(texts.map((text) => writeFileAtomic(file, text)));
    for (let read = 0; read < 50; read++) expect(texts).toContain(await readFile(file, "utf8"));
    await writing;
    expect(await readdir(dir)).toEqual(["file"]);
  });
});

describe("reading a file that may be missing", () => {
  test("gives undefined when it is, and throws what else is wrong", async () => {
    const dir = await folder();
    expect(await readIfExists(path.join(dir, "missing"))).toBeUndefined();
    await expect(readIfExists(dir)).rejects.toMatchObject({ code: "EISDIR" });
  });

  test("takes half-written JSON for a missing file", async () => {
    const file = path.join(await folder(), "file.json");
    await writeFile(file, '{"a": 1');
    expect(await readJsonIfExists(file)).toBeUndefined();
    await writeFile(file, '{"a": 1}');
    expect(await readJsonIfExists(file)).toEqual({ a: 1 });
  });
});

describe("a private folder", () => {
  test("is a folder that only its owner can write into", async () => {
    const dir = await folder();
    await expect(checkPrivate(dir)).resolves.toBeUndefined();
    await chmod(dir, 0o777);
    await expect(checkPrivate(dir)).rejects.toMatchObject({ code: "E_SUPERVISOR" });
    await chmod(dir, 0o755);
    await symlink(dir, path.join(dir, "link"));
    await expect(checkPrivate(path.join(dir, "link"))).rejects.toMatchObject({ code: "E_SUPERVISOR" });
  });
});
