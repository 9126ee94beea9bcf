import type { Schema } from "../schema.ts";

/** Of an object's type and metadata, rules see only this. */
export const META_FIELDS: Readonly<Record<string, Schema>> = {
  apiVersion: { type: "string" },
  kind: { type: "string" },
  metadata: { type: "object", properties: { name: { type: "string" }, generateName: { type: "string" } } },
};
