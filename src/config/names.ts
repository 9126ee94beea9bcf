import { createHash } from "node:crypto";
import { ChoreoError } from "../lib/errors.ts";
import type { EngineName, Topology } from "./model.ts";

export const PLATFORM_NAME_LIMIT = 30;
const PLATFORM_NAME_RULE = `lower-case letters, digits and hyphens, at most ${PLATFORM_NAME_LIMIT} characters, with a letter or digit at both ends`;

/** What a platform's name has to look like: it becomes part of host names, containers and contexts. */
export const PLATFORM_NAME: RegExp = /^[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?$/;

/** A DNS label: names of planes and environments. */
export const DNS_LABEL: RegExp = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * A folder's name as a platform's: DNS-safe, at most 30 characters. Where characters had to go, a hash of the original
 * keeps `My Shop` and `my.shop` apart.
 */
export const defaultPlatformName = (folder: string): string => {
  if (PLATFORM_NAME.test(folder)) return folder;
  const safe = folder
    .normalize("NFKD")
    .replaceAll(/\p{Mark}/gu, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  const hash = createHash("sha256").update(folder).digest("hex").slice(0, 6);
  const kept = safe.slice(0, PLATFORM_NAME_LIMIT - hash.length - 1).replace(/-+$/, "");
  return `${kept === "" ? "platform" : kept}-${hash}`;
};

/** Why a name that somebody gave is refused, with one that would do. */
export const platformNameProblem = (name: string): string =>
  `"${name}" has to be ${PLATFORM_NAME_RULE}, for example "${defaultPlatformName(name)}"`;

/** A name from outside a file (`--platform`), unchanged. `E_CONFIG` with a suggestion when it is not valid. */
export const checkPlatformName = (name: string): string => {
  if (PLATFORM_NAME.test(name)) return name;
  throw new ChoreoError("E_CONFIG", `"${name}" is not a valid platform name`, {
    why: `it has to be ${PLATFORM_NAME_RULE}`,
    fix: `for example "${defaultPlatformName(name)}"`,
  });
};

/** `<platform>` when colocated, `<platform>-<plane>` when every plane has its own cluster. */
export const clusterName = (platform: string, plane: string, topology: Topology): string =>
  topology === "colocated" ? platform : `${platform}-${plane}`;

/** On kind its own spelling: other tools know a local cluster by this prefix. */
export const contextName = (cluster: string, engine: EngineName = "kind"): string =>
  engine === "kind" ? `kind-${cluster}` : `choreo-dev-${cluster}`;
