import { createHash } from "node:crypto";
import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import path from "node:path";
import dockerignore from "@balena/dockerignore";
import { readIfExists } from "../lib/fs.ts";
import type { SourceFile } from "./pack.ts";

/** The context of an image build: the files that it may see, and a digest of them. */
export interface BuildContext {
  readonly files: readonly SourceFile[];
  /** 64 hex digits: the same for the same paths, contents, link targets and executable bits. */
  readonly digest: string;
}

/**
 * Reads a folder as Docker would send it: without what `.dockerignore` leaves out. Where there is none, `.git` and
 * `node_modules` are left out.
 */
export const readContext = async (folder: string): Promise<BuildContext> => {
  const text = (await readIfExists(path.join(folder, ".dockerignore"))) ?? ".git\nnode_modules\n";
  const ignored = dockerignore.default({ ignorecase: false }).add(text.split(/\r?\n/));
  // Docker needs these two itself, whatever the patterns say.
  const isSeen = (file: string): boolean => file === "Dockerfile" || file === ".dockerignore" || !ignored.ignores(file);
  const files = (await filesBelow(folder, "")).filter(({ path: file }) => isSeen(file));
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  const digest = createHash("sha256");
  for (const { path: file, kind, executable, target } of files) {
    const content = target ?? (await readFile(path.join(folder, file)));
    digest.update(`${kind}\0${executable}\0${file}\0${createHash("sha256").update(content).digest("hex")}\0`);
  }
  return { files, digest: digest.digest("hex") };
};

const filesBelow = async (folder: string, below: string): Promise<SourceFile[]> => {
  const entries = await readdir(path.join(folder, below), { withFileTypes: true });
  const found = await Promise.all(
    entries.map(async (entry): Promise<SourceFile[]> => {
      const name = below === "" ? entry.name : `${below}/${entry.name}`;
      // Nobody builds from these, and they are large.
      if (entry.isDirectory()) return name === ".git" ? [] : filesBelow(folder, name);
      const file = path.join(folder, name);
      if (entry.isSymbolicLink())
        return [{ path: name, kind: "link", size: 0, executable: false, target: await readlink(file) }];
      if (!entry.isFile()) return [];
      const { size, mode } = await lstat(file);
      return [{ path: name, kind: "file", size, executable: (mode & 0o100) !== 0 }];
    }),
  );
  return found.flat();
};
