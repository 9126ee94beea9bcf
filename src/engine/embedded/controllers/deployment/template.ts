import { createHash } from "node:crypto";
import type { PodTemplate } from "../kinds.ts";
import { isSame } from "../status.ts";

export const TEMPLATE_HASH = "pod-template-hash";

/** Characters that make no words and are hard to mistake for each other. */
const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";
const LENGTH = 10;

/** A short name of a template: the same for the same template and number of collisions. */
export const templateHash = (template: PodTemplate, collisionCount: number | undefined): string => {
  const digest = createHash("sha256")
    .update(canonical(template))
    .update(`#${collisionCount ?? ""}`)
    .digest();
  return [...digest.subarray(0, LENGTH)].map((byte) => ALPHABET[byte % ALPHABET.length]).join("");
};

/** Whether two templates make the same pods; the label that tells them apart aside. */
export const isSameTemplate = (a: PodTemplate, b: PodTemplate): boolean => isSame(withoutHash(a), withoutHash(b));

const withoutHash = (template: PodTemplate): PodTemplate => {
  const { [TEMPLATE_HASH]: _hash, ...labels } = template.metadata?.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
};

/** JSON with the fields in order and without nulls. */
const canonical = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).filter(([, inner]) => inner !== undefined && inner !== null);
  const sorted = fields.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([name, inner]) => `${JSON.stringify(name)}:${canonical(inner)}`).join()}}`;
};
