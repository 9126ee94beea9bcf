import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { SyncManifest } from "../../../../src/dev/sync/manifest.ts";
import { folderName, folderPrefix, openSyncFolder, removeFolders } from "../../../../src/dev/sync/sync-folder.ts";
import { temporaryFolder } from "../../../helpers/temporary-folder.ts";

const open = async () => {
  const [dir, source] = [temporaryFolder(), temporaryFolder()];
  const folder = await openSyncFolder(dir, "api");
  const saved = (file: string) => ({ path: file, source: path.join(source, file) });
  return {
    ...{ dir, folder, saved },
    source: (file: string): string => path.join(source, file),
    files: (file: string): string => path.join(dir, "api", "in", "files", file),
    manifest: (): SyncManifest =>
      JSON.parse(readFileSync(path.join(dir, "api", "in", "manifest.json"), "utf8")) as SyncManifest,
  };
};

const modeOf = (file: string): number => statSync(file).mode & 0o777;

describe("the folder through which saved files reach pods", () => {
  test("has the files as they are, with their modes, and a manifest of a new generation", async () => {
    const { folder, source, saved, files, manifest } = await open();
    writeFileSync(source("run.sh"), "#!/bin/sh\n");
    chmodSync(source("run.sh"), 0o750);
    symlinkSync("run.sh", source("link"));
    expect(await folder.write([saved("run.sh"), saved("link")], true)).toBe(1);
    expect(readFileSync(files("run.sh"), "utf8")).toBe("#!/bin/sh\n");
    expect(modeOf(files("run.sh"))).toBe(0o750);
    expect(readlinkSync(files("link"))).toBe("run.sh");
    expect(manifest()).toMatchObject({ generation: 1, starts: 1, removed: [], files: { link: { link: "run.sh" } } });
    writeFileSync(source("run.sh"), "2");
    expect(await folder.write([saved("run.sh")], false)).toBe(2);
    expect(manifest()).toMatchObject({ generation: 2, starts: 1 });
  });

  test("takes removals, folders in the place of files, and files in the place of folders", async () => {
    const { folder, source, saved, files, manifest } = await open();
    mkdirSync(source("a"));
    writeFileSync(source("a/one.js"), "1");
    writeFileSync(source("b"), "b");
    await folder.write([saved("a/one.js"), saved("b")], true);
    rmSync(source("a"), { recursive: true });
    rmSync(source("b"));
    writeFileSync(source("a"), "now a file");
    mkdirSync(source("b"));
    writeFileSync(source("b/two.js"), "2");
    await folder.write([saved("a/one.js"), saved("a"), saved("b"), saved("b/two.js")], true);
    expect(readFileSync(files("a"), "utf8")).toBe("now a file");
    expect(readFileSync(files("b/two.js"), "utf8")).toBe("2");
    expect(Object.keys(manifest().files).sort()).toEqual(["a", "b/two.js"]);
    expect([...manifest().removed].sort()).toEqual(["a/one.js", "b"]);
  });

  test("lets an image's user through, who may write the states and nothing else", async () => {
    const { dir } = await open();
    expect(modeOf(path.join(dir, "api"))).toBe(0o711);
    expect(modeOf(path.join(dir, "api", "in"))).toBe(0o755);
    expect(modeOf(path.join(dir, "api", "state"))).toBe(0o777);
    expect(existsSync(path.join(dir, "api", "in", "shim", "shim.cjs"))).toBe(true);
  });

  test("goes on with its generations when it is opened again", async () => {
    const { dir, folder, source, saved } = await open();
    writeFileSync(source("a"), "1");
    await folder.write([saved("a")], true);
    const again = await openSyncFolder(dir, "api");
    expect(await again.write([saved("a")], true)).toBe(2);
  });

  test("of earlier artifacts go, and those of other Deployments stay", async () => {
    const dir = temporaryFolder();
    const names = [folderName("one", "v1"), folderName("one", "v2"), folderName("two", "v1")];
    for (const name of names) await openSyncFolder(dir, name);
    await removeFolders(dir, folderPrefix("one"), names[1]);
    expect(names.map((name) => existsSync(path.join(dir, name)))).toEqual([false, true, true]);
  });
});
