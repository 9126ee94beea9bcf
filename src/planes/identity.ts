import { randomBytes } from "node:crypto";
import path from "node:path";
import type { Platform } from "../config/model.ts";
import { ChoreoError } from "../lib/errors.ts";

/** Labels on everything Docker lets us label: network, registry, volumes. kind cannot label its nodes. */
export const LABELS = {
  platform: "choreo.dev/platform",
  id: "choreo.dev/platform-id",
  /** Absolute path of the configuration file, or of the folder when there is none. */
  owner: "choreo.dev/owner",
  /** Set for ephemeral platforms only. */
  lease: "choreo.dev/lease",
  engine: "choreo.dev/engine",
} as const;

export const networkName = (platform: string): string => `choreo-dev-${platform}`;

export interface Identity {
  readonly id: string;
  readonly owner: string;
  /** Of an ephemeral platform, as its label has it. */
  readonly lease?: string | undefined;
}

export const ownerOf = (platform: Platform): string => platform.file ?? platform.dir;

/** The same folder: a configuration file may be written after the first `up`, and be called otherwise later. */
const isOwner = (owner: string, platform: Platform): boolean =>
  owner === ownerOf(platform) || (/\.ya?ml$/.test(owner) ? path.dirname(owner) : owner) === platform.dir;

export const newIdentity = (platform: Platform): Identity => ({
  id: randomBytes(8).toString("hex"),
  owner: ownerOf(platform),
});

/**
 * The identity of an existing platform, after checking that it belongs to this folder. `deliberate` is true when the
 * user named the platform (`--platform`), which is the way to reach it from elsewhere.
 */
export const claimIdentity = (
  platform: Platform,
  labels: Readonly<Record<string, string>>,
  deliberate: boolean,
): Identity => {
  const owner = labels[LABELS.owner];
  const id = labels[LABELS.id];
  if (labels[LABELS.platform] !== platform.name || id === undefined || owner === undefined) {
    throw new ChoreoError(
      "E_NAME_TAKEN",
      `The Docker network ${networkName(platform.name)} was not made by choreo-dev`,
      {
        why: "it does not carry the labels of a platform",
        fix: `remove it (docker network rm ${networkName(platform.name)}) or choose another name`,
      },
    );
  }
  checkOwner(platform, owner, deliberate);
  const lease = labels[LABELS.lease];
  return { id, owner, ...(lease === undefined ? {} : { lease }) };
};

/** `E_NAME_TAKEN` when the platform of this name belongs to another folder, unless the user named it. */
export const checkOwner = (platform: Platform, owner: string, deliberate: boolean): void => {
  if (deliberate || isOwner(owner, platform)) return;
  throw new ChoreoError("E_NAME_TAKEN", `A platform "${platform.name}" exists already and belongs to ${owner}`, {
    why: `this is ${ownerOf(platform)}`,
    fix: `set another name in choreo-dev.yaml, or reach that one with --platform ${platform.name}`,
  });
};
