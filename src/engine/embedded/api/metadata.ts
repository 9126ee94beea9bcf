import { randomBytes, randomUUID } from "node:crypto";
import type { AnyObject, ObjectMeta } from "../../../k8s/types.ts";
import type { Clock } from "../../../lib/clock.ts";

/** Letters that make no words, as generated names have them. */
const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

export const generatedName = (prefix: string): string => {
  const letters = [...randomBytes(5)].map((byte) => ALPHABET[byte % ALPHABET.length]).join("");
  return `${prefix.slice(0, 58)}${letters}`;
};

/** Kubernetes' times have no fractions of a second. Most writes share theirs with the one before. */
export const timestamp = (clock: Clock): string => {
  const second = Math.floor(clock.now() / 1000);
  if (second !== last.second) last = { second, text: `${new Date(second * 1000).toISOString().slice(0, -5)}Z` };
  return last.text;
};

let last = { second: 0, text: "1970-01-01T00:00:00Z" };

/** What the server alone writes into the metadata of a new object. */
export const newMetadata = (meta: ObjectMeta, clock: Clock): ObjectMeta => {
  const { uid: _uid, creationTimestamp: _time, resourceVersion: _revision, ...given } = meta;
  const {
    deletionTimestamp: _deletion,
    deletionGracePeriodSeconds: _grace,
    selfLink: _link,
    ...rest
  } = given as ObjectMeta & {
    deletionGracePeriodSeconds?: number;
    selfLink?: string;
  };
  return { ...rest, uid: randomUUID(), creationTimestamp: timestamp(clock) };
};

/** What of the metadata stays as it was in an update, whatever the client sends. */
export const keepMetadata = (object: AnyObject, old: AnyObject): void => {
  const kept = [
    "uid",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "generation",
    "selfLink",
  ];
  const meta = object.metadata as unknown as Record<string, unknown>;
  const before = old.metadata as unknown as Record<string, unknown>;
  for (const field of kept) {
    if (before[field] === undefined) delete meta[field];
    else meta[field] = before[field];
  }
};

/** Empty lists and maps of the metadata are not kept. */
export const tidyMetadata = (meta: ObjectMeta): void => {
  const fields = meta as unknown as Record<string, unknown>;
  for (const [name, value] of Object.entries(fields)) {
    const isEmpty = value === null || value === "" || (typeof value === "object" && Object.keys(value).length === 0);
    if (isEmpty) delete fields[name];
  }
};
