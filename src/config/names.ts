import { createHash } from "node:crypto";
import { ChoreoError } from "../lib/errors.ts";
import type { Topology } from "./model.ts";

export const PLATFORM_NAME_LIMIT = 30;
const VALID = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

/** A folder's name as a platform's: DNS-safe; with a hash of the original where characters had to go. */
export const defaultPlatformName = (folder: string): string => {
  const safe = folder
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  if (safe === folder && isValidName(safe)) return safe;
  const hash = createHash("sha256").update(folder).digest("hex").slice(0, 6);
  const kept = safe.slice(0, PLATFORM_NAME_LIMIT - 7).replaceAll(/-+$/g, "");
  return kept === "" ? `platform-${hash}` : `${kept}-${hash}`;
};

export const isValidName = (name: string): boolean => name.length <= PLATFORM_NAME_LIMIT && VALID.test(name);

/** `<platform>` when colocated, `<platform>-<plane>` when every plane has its own cluster. */
export const clusterName = (platform: string, plane: string, topology: Topology): string =>
  topology === "colocated" ? platform : `${platform}-${plane}`;

/** kind's spelling; other tools know a local cluster by this prefix. */
export const contextName = (cluster: string): string => `kind-${cluster}`;

/** A name the user gave. Errors suggest the nearest valid one. */
export const checkName = (name: string): string => {
  if (isValidName(name)) return name;
  throw new ChoreoError("E_CONFIG", `"${name}" is not a valid platform name`, {
    why: `lower-case letters, digits and hyphens, at most ${PLATFORM_NAME_LIMIT}`,
    fix: `for example "${defaultPlatformName(name)}"`,
  });
};
