import path from "node:path";
import { readIfExists } from "../../lib/fs.ts";
import { ChoreoError } from "../../lib/errors.ts";
import { neededImages } from "../../source/needed-images.ts";
import { type PackedSource, packSource } from "../../source/pack.ts";
import { ignoreRules } from "../watch/ignore-rules.ts";
import { imageFilter } from "../watch/image-rules.ts";
import { scanStats } from "../watch/scan.ts";

/** The source of a component as it is on disk now. */
export interface WorkingTree {
  readonly packed: PackedSource;
  readonly files: number;
  /** Images that its Dockerfile, or the one that is generated for it, builds on. */
  readonly baseImages: readonly string[];
}

/**
 * Packs a component's folder: what neither `.gitignore` nor `.dockerignore` leaves out, and always what says how it is
 * built and run. Throws E_SOURCE when the folder is not there or holds nothing.
 */
export const packWorkingTree = async (folder: string, dockerfile: string | undefined): Promise<WorkingTree> => {
  const entries = await scanStats(folder, ignoreRules(folder)).catch((error: unknown) => {
    throw new ChoreoError("E_SOURCE", `The source folder ${folder} cannot be read`, {
      cause: error,
      fix: "correct spec.source.local.path of the component and apply it again",
    });
  });
  const inImage = await imageFilter(folder, dockerfile);
  const files = entries.filter(({ path: file }) => inImage(file) || tellsHow(file, dockerfile));
  if (files.length === 0)
    throw new ChoreoError("E_SOURCE", `The source folder ${folder} has no files`, {
      why: "it is empty, or .gitignore and .dockerignore leave everything out",
    });
  const [packed, images] = await Promise.all([
    packSource(folder, files),
    neededImages(
      {
        read: (file) => readIfExists(path.join(folder, file)),
        names: async () => new Set(files.map(({ path: file }) => file)),
      },
      { folder: ".", dockerfile },
    ),
  ]);
  return { packed, files: files.length, baseImages: images };
};

/** Docker, too, sends the Dockerfile although .dockerignore names it. */
const tellsHow = (file: string, dockerfile = "Dockerfile"): boolean =>
  file === dockerfile || file.endsWith(".dockerignore") || file.includes(".choreo/") || file.endsWith("workload.yaml");
