import { createHash } from "node:crypto";
import { chmod, mkdir, readFile, stat, symlink, utimes, writeFile } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { extract } from "tar-stream";
import { describe, expect, test } from "vitest";
import { createRegistryClient } from "../../../src/docker/registry-client.ts";
import { pushSource, sourceRepository } from "../../../src/source/artifact.ts";
import { packSource, type SourceFile } from "../../../src/source/pack.ts";
import { temporaryFolder } from "../../helpers/temporary-folder.ts";
import { startMemoryRegistry } from "../docker/memory-registry.ts";

const tree = async (files: Readonly<Record<string, string>>): Promise<{ folder: string; files: SourceFile[] }> => {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), text);
  }
  return {
    folder,
    files: Object.entries(files).map(([name, text]) => ({
      ...{ path: name, kind: "file", size: Buffer.byteLength(text), executable: false },
    })),
  };
};

const entriesOf = async (file: string): Promise<Record<string, { text: string; mode: number; type: string }>> => {
  const found: Record<string, { text: string; mode: number; type: string }> = {};
  const reader = extract();
  Readable.from([await readFile(file)]).pipe(reader);
  for await (const entry of reader) {
    let text = "";
    for await (const chunk of entry) text += String(chunk);
    const { name, mode, type, linkname } = entry.header;
    found[name] = { text: linkname ?? text, mode, type };
  }
  return found;
};

describe("a packed source", () => {
  test("holds each file with its content and nothing of its times", async () => {
    const one = await tree({ "b/server.js": "listen()", "a.txt": "" });
    const packed = await packSource(one.folder, one.files);
    expect(await entriesOf(packed.file)).toEqual({
      "a.txt": { text: "", mode: 0o644, type: "file" },
      "b/server.js": { text: "listen()", mode: 0o644, type: "file" },
    });
    await utimes(path.join(one.folder, "a.txt"), 1, 1);
    const again = await packSource(one.folder, [...one.files].reverse());
    expect(again.digest).toBe(packed.digest);
    expect(packed.digest).toBe(
      `sha256:${createHash("sha256")
        .update(await readFile(packed.file))
        .digest("hex")}`,
    );
    expect((await stat(packed.file)).mode & 0o777).toBe(0o600);
    await Promise.all([packed.discard(), again.discard()]);
    await expect(stat(packed.file)).rejects.toThrow("ENOENT");
  });

  test("is another one when a file may be executed", async () => {
    const { folder, files } = await tree({ run: "x" });
    await chmod(path.join(folder, "run"), 0o755);
    const [plain, executable] = await Promise.all([
      packSource(folder, files),
      packSource(
        folder,
        files.map((file) => ({ ...file, executable: true })),
      ),
    ]);
    expect(executable.digest).not.toBe(plain.digest);
    await Promise.all([plain.discard(), executable.discard()]);
  });

  test("keeps links inside of it and refuses those that leave it", async () => {
    const { folder } = await tree({ "a/real": "x" });
    await symlink("../a/real", path.join(folder, "a", "link"));
    const link = { path: "a/link", kind: "link", size: 0, executable: false } as const;
    const packed = await packSource(folder, [{ ...link, target: "../a/real" }]);
    expect(await entriesOf(packed.file)).toMatchObject({ "a/link": { text: "../a/real", type: "symlink" } });
    await packed.discard();
    for (const target of ["../../etc/passwd", "/etc/passwd"])
      await expect(packSource(folder, [{ ...link, target }])).rejects.toMatchObject({ code: "E_SOURCE" });
  });

  test("is refused when a file is gone", async () => {
    const { folder, files } = await tree({});
    const gone = { path: "gone", kind: "file", size: 3, executable: false } as const;
    await expect(packSource(folder, [...files, gone])).rejects.toMatchObject({ code: "E_SOURCE" });
  });
});

describe("a source in the registry", () => {
  test("is sent once, and named by a digest that its content decides", async () => {
    await using registry = await startMemoryRegistry();
    const client = createRegistryClient(registry.port);
    const { folder, files } = await tree({ "server.js": "listen()" });
    const packed = await packSource(folder, files);
    const repository = sourceRepository("shop-catalog");
    const first = await pushSource(client, repository, packed);
    expect(first).toEqual({
      reference: expect.stringMatching(/^sources\/shop-catalog@sha256:[0-9a-f]{64}$/),
      movedBytes: packed.size,
    });
    expect(await pushSource(client, repository, packed)).toEqual({ reference: first.reference, movedBytes: 0 });
    const stored = await client.manifest(repository, first.reference.split("@")[1] ?? "");
    expect(stored?.digest).toBe(first.reference.split("@")[1]);
    expect(await client.blobSize(repository, packed.digest)).toBe(packed.size);
    await packed.discard();
  });
});
