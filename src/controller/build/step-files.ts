import { readFile, readdir } from "node:fs/promises";
import path from "node:path";
import { packageRoot } from "../../lib/package-root.ts";

let files: Promise<Record<string, string>> | undefined;

/** The scripts of the steps and the Dockerfiles for sources without one, by file name. Read once. */
export const readStepFiles = (): Promise<Record<string, string>> => (files ??= readAll());

const readAll = async (): Promise<Record<string, string>> => {
  const dir = path.join(packageRoot(), "build-steps");
  const entries = await readdir(dir, { withFileTypes: true, recursive: true });
  const read = entries
    .filter((entry) => entry.isFile())
    .map(async ({ name, parentPath }) => [name, await readFile(path.join(parentPath, name), "utf8")] as const);
  return Object.fromEntries(await Promise.all(read));
};
