import { type ManifestObject, parseManifests, readManifests } from "../../k8s/manifest.ts";
import { ChoreoError } from "../../lib/errors.ts";
import { placeManifests } from "../../resources/manifests.ts";
import { type Io, readAll } from "../io.ts";

/** The objects of files, folders and stdin (`-`), checked and placed. */
export const loadManifests = async (paths: readonly string[], io: Io): Promise<ManifestObject[]> => {
  if (paths.length === 0) {
    throw new ChoreoError("E_USAGE", "No manifests were named", { fix: "add -f FILE, -f FOLDER or -f - for stdin" });
  }
  const fromStdin = paths.includes("-") ? await parseManifests(await readAll(io.stdin), "stdin") : [];
  const fromFiles = await readManifests(
    paths.filter((each) => each !== "-"),
    io.cwd,
  );
  const placed = placeManifests([...fromStdin, ...fromFiles], io.cwd);
  if (placed.length > 0) return placed;
  throw new ChoreoError("E_MANIFEST", `${paths.join(", ")} holds no objects`, { fix: "write at least one manifest" });
};
