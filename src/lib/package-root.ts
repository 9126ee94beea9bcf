import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of this package, where `clusters/` and `addons/` are: the same from `src/` and from the bundle in `dist/`. */
export const packageRoot = (): string => {
  let dir = path.dirname(fileURLToPath(import.meta.url));
  while (!existsSync(path.join(dir, "package.json"))) {
    const parent = path.dirname(dir);
    if (parent === dir) throw new Error("there is no package.json above the program: the installation is incomplete");
    dir = parent;
  }
  return dir;
};
