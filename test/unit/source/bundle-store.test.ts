import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { bundleFolder, sourceFile, storeBundle, storeSource } from "../../../src/source/bundle-store.ts";
import { packSource } from "../../../src/source/pack.ts";
import { unpackSource } from "../../../src/source/unpack.ts";
import { temporaryFolder } from "../../helpers/temporary-folder.ts";

const folderWith = (files: Readonly<Record<string, string>>): string => {
  const folder = path.join(temporaryFolder(), "tree");
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  return folder;
};

describe("a stored bundle", () => {
  test("is named by its content and cannot be overwritten", async () => {
    const builds = temporaryFolder();
    const one = await storeBundle(builds, folderWith({ "server.js": "listen()", "lib/a.js": "1" }));
    expect(one).toMatchObject({ files: 2, isNew: true });
    const folder = bundleFolder(builds, one.digest);
    expect(readFileSync(path.join(folder, "lib/a.js"), "utf8")).toBe("1");
    expect(statSync(path.join(folder, "server.js")).mode & 0o777).toBe(0o444);
    const same = await storeBundle(builds, folderWith({ "lib/a.js": "1", "server.js": "listen()" }));
    expect(same).toMatchObject({ digest: one.digest, isNew: false });
    expect(readdirSync(path.join(builds, "bundles"))).toHaveLength(1);
  });

  test("is another one for other content, links and executable bits", async () => {
    const builds = temporaryFolder();
    const digestOf = async (change: (folder: string) => void): Promise<string> => {
      const folder = folderWith({ run: "x" });
      change(folder);
      return (await storeBundle(builds, folder)).digest;
    };
    const digests = await Promise.all([
      digestOf(() => undefined),
      digestOf((folder) => writeFileSync(path.join(folder, "run"), "y")),
      digestOf((folder) => chmodSync(path.join(folder, "run"), 0o755)),
      digestOf((folder) => symlinkSync("run", path.join(folder, "link"))),
      digestOf((folder) => symlinkSync("other", path.join(folder, "link"))),
    ]);
    expect(new Set(digests).size).toBe(5);
  });
});

describe("a stored source", () => {
  const packed = async (text: string) => {
    const folder = folderWith({ "src/run.sh": text });
    symlinkSync("run.sh", path.join(folder, "src/link"));
    return packSource(folder, [
      { path: "src/run.sh", kind: "file", size: text.length, executable: true },
      { path: "src/link", kind: "link", size: 0, executable: false, target: "run.sh" },
    ]);
  };

  test("is written once, and unpacks to what was packed", async () => {
    const builds = temporaryFolder();
    const source = await packed("echo one");
    const stored = await storeSource(builds, "sources/api", source);
    expect(stored).toEqual({ reference: `sources/api@${source.digest}`, movedBytes: source.size });
    expect((await storeSource(builds, "sources/api", source)).movedBytes).toBe(0);
    await source.discard();
    const target = path.join(temporaryFolder(), "source");
    await unpackSource(sourceFile(builds, source.digest), source.digest, target);
    expect(readFileSync(path.join(target, "src/link"), "utf8")).toBe("echo one");
    expect(statSync(path.join(target, "src/run.sh")).mode & 0o111).toBe(0o111);
  });

  test("is not used when it is damaged", async () => {
    const source = await packed("echo one");
    const bytes = readFileSync(source.file);
    bytes.write("tow", bytes.indexOf("one"));
    const damaged = path.join(temporaryFolder(), "source.tar");
    writeFileSync(damaged, bytes);
    await expect(unpackSource(damaged, source.digest, path.join(temporaryFolder(), "to"))).rejects.toMatchObject({
      code: "E_SOURCE",
    });
    await source.discard();
    expect(existsSync(source.file)).toBe(false);
  });
});
