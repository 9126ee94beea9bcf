import { existsSync } from "node:fs";
import path from "node:path";
import { ChoreoError } from "../lib/errors.ts";

const CONFIG_FILES = ["choreo-dev.yaml", "choreo-dev.yml", ".choreo-dev.yaml", ".choreo-dev.yml"];

/**
 * The nearest configuration in the folder or above it, up to the root of its Git repository; undefined when there is
 * none. Outside a repository only the folder itself counts: what lies in a parent there may be somebody else's.
 * `E_CONFIG` when one folder has two.
 */
export const findConfig = (cwd: string): string | undefined => {
  const folders = upToRepositoryRoot(path.resolve(cwd));
  for (const folder of folders) {
    const [found, another] = CONFIG_FILES.map((name) => path.join(folder, name)).filter((file) => existsSync(file));
    if (found !== undefined && another !== undefined) {
      throw new ChoreoError("E_CONFIG", `${folder} has two configurations`, {
        why: `both ${path.basename(found)} and ${path.basename(another)} are there`,
        fix: "remove one of them, or choose with --config FILE",
      });
    }
    if (found !== undefined) return found;
  }
  return undefined;
};

const upToRepositoryRoot = (cwd: string): string[] => {
  const folders = [cwd];
  for (let folder = cwd; ; folder = path.dirname(folder)) {
    if (folder !== cwd) folders.push(folder);
    if (existsSync(path.join(folder, ".git"))) return folders;
    if (path.dirname(folder) === folder) return [cwd];
  }
};
