import { member } from "../../schema/data.ts";
import type { Schema } from "../../schema/schema.ts";

/** How a field is patched. */
export interface Strategy {
  /** Of what is in the field, or of an item where it is a list. */
  readonly schema: Schema;
  readonly strategy: "merge" | "replace" | undefined;
  /** By what items of a list are found. */
  readonly mergeKey: string | undefined;
}

const NONE: Schema = {};

export const strategyOfMap = (parent: Schema, field: string): Strategy => strategyOf(propertyOf(parent, field));

export const strategyOfList = (parent: Schema, field: string): Strategy => {
  const property = propertyOf(parent, field);
  return { ...strategyOf(property), schema: property.items ?? NONE };
};

const propertyOf = ({ properties, additionalProperties }: Schema, field: string): Schema =>
  member(properties, field) ?? (typeof additionalProperties === "object" ? additionalProperties : NONE);

const strategyOf = (schema: Schema): Strategy => {
  const strategies = schema["x-kubernetes-patch-strategy"]?.split(",") ?? [];
  return {
    schema,
    strategy: strategies.includes("merge") ? "merge" : strategies.includes("replace") ? "replace" : undefined,
    mergeKey: schema["x-kubernetes-patch-merge-key"],
  };
};
