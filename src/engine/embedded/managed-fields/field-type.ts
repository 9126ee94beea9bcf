import { member } from "../schema/data.ts";
import type { Schema } from "../schema/schema.ts";
import { fieldElement } from "./path-element.ts";

export type ScalarKind = "any" | "string" | "number" | "boolean";

/** What a value may be, as far as it matters for who owns which of its fields. Any type may have several forms. */
export interface FieldType {
  readonly scalar: ScalarKind | undefined;
  readonly list: ListType | undefined;
  readonly map: MapType | undefined;
}

export interface ListType {
  /** The list is owned as a whole. */
  readonly atomic: boolean;
  /** Fields that tell items apart, by the alphabet; none for a set of scalars. */
  readonly keys: readonly string[];
  readonly item: () => FieldType;
  /** What an item has for a key that it leaves out. */
  readonly keyDefault: (key: string) => unknown;
}

export interface MapType {
  /** The object is owned as a whole. */
  readonly atomic: boolean;
  /** Undefined where there may be no such field. */
  readonly field: (name: string) => Field | undefined;
}

export interface Field {
  readonly type: FieldType;
  /** Its path element. */
  readonly element: string;
  /** Whether the schema names the field; otherwise it is a key of a map. */
  readonly isNamed: boolean;
}

export type Form = "scalar" | "list" | "map";

/** The form in which a value of a type is walked: its own where the type allows it, otherwise the first that the type has. */
export const formOf = (type: FieldType, value: unknown): Form => {
  const own = ownForm(value);
  if (own !== undefined && type[own] !== undefined) return own;
  if (type.map !== undefined) return "map";
  return type.scalar === undefined ? "list" : "scalar";
};

const ownForm = (value: unknown): Form | undefined => {
  if (value === null || value === undefined) return undefined;
  if (Array.isArray(value)) return "list";
  return typeof value === "object" ? "map" : "scalar";
};

/** How schemas are read: free objects of built-in kinds are owned as a whole. */
export interface Reading {
  readonly builtin: boolean;
  /** Whether something around the schema preserves unknown fields. */
  readonly preserves: boolean;
}

/** The type of what a schema describes. The same for the same schema, so that each is worked out once. */
export const fieldTypeOf = (schema: Schema, reading: Reading): FieldType => {
  const cache = cacheOf(reading);
  const known = cache.get(schema);
  if (known !== undefined) return known;
  const type = read(schema, reading);
  cache.set(schema, type);
  return type;
};

const CACHES = new Map<string, WeakMap<Schema, FieldType>>();

const cacheOf = ({ builtin, preserves }: Reading): WeakMap<Schema, FieldType> => {
  const key = `${builtin} ${preserves}`;
  const found = CACHES.get(key) ?? new WeakMap<Schema, FieldType>();
  CACHES.set(key, found);
  return found;
};

/** Any scalar, and whatever else comes in its place: owned as a whole. */
const SCALAR: FieldType = { scalar: "any", list: undefined, map: undefined };

/** A value without a schema: objects by their fields, lists as a whole. */
export const DEDUCED: FieldType = {
  scalar: "any",
  list: { atomic: true, keys: [], item: () => DEDUCED, keyDefault: () => undefined },
  map: { atomic: false, field: (name) => unnamed(name, DEDUCED) },
};

const read = (schema: Schema, around: Reading): FieldType => {
  const free = schema["x-kubernetes-preserve-unknown-fields"] === true;
  const reading = { ...around, preserves: around.preserves || free };
  const { builtin } = around;
  if (builtin && schema.format === "quantity") return SCALAR;
  if (builtin && free && schema.properties === undefined && schema.type === "object") return SCALAR;
  switch (schema.type) {
    case undefined:
      return { scalar: "any", list: readList(schema, reading), map: readMap(schema, reading) };
    case "object":
      return { scalar: undefined, list: undefined, map: readMap(schema, reading) };
    case "array":
      return { scalar: undefined, list: readList(schema, reading), map: undefined };
    case "string":
      return { scalar: "string", list: undefined, map: undefined };
    case "boolean":
      return { scalar: "boolean", list: undefined, map: undefined };
    default:
      return { scalar: "number", list: undefined, map: undefined };
  }
};

const readMap = (schema: Schema, reading: Reading): MapType => {
  const properties = withEmbedded(schema);
  const other = otherFields(schema, reading);
  const named = new Map<string, Field>();
  return {
    atomic: schema["x-kubernetes-map-type"] === "atomic",
    field: (name) => {
      const known = named.get(name);
      if (known !== undefined) return known;
      const property = member(properties, name);
      if (property === undefined) {
        const type = other();
        return type === undefined ? undefined : unnamed(name, type);
      }
      const field = { type: fieldTypeOf(property, reading), element: fieldElement(name), isNamed: true };
      named.set(name, field);
      return field;
    },
  };
};

const unnamed = (name: string, type: FieldType): Field => ({ type, element: fieldElement(name), isNamed: false });

const STRING: Schema = { type: "string" };

/** Whole objects in an object have the fields that all objects have. */
const withEmbedded = (schema: Schema): Readonly<Record<string, Schema>> | undefined =>
  schema["x-kubernetes-embedded-resource"] === true
    ? { apiVersion: STRING, kind: STRING, ...schema.properties }
    : schema.properties;

const otherFields = ({ properties, additionalProperties }: Schema, reading: Reading): (() => FieldType | undefined) => {
  if (typeof additionalProperties === "object") return () => fieldTypeOf(additionalProperties, reading);
  const free = additionalProperties ?? (reading.preserves || properties === undefined || isNone(properties));
  return () => (free ? DEDUCED : undefined);
};

const isNone = (properties: object): boolean => Object.keys(properties).length === 0;

const readList = (schema: Schema, reading: Reading): ListType => {
  const { items } = schema;
  const keys = keysOf(schema);
  let item: FieldType | undefined;
  return {
    atomic: keys === undefined,
    keys: keys?.toSorted() ?? [],
    item: () => (item ??= items === undefined ? DEDUCED : fieldTypeOf(items, reading)),
    keyDefault: (key) => member(items?.properties, key)?.default,
  };
};

/** Undefined for a list that is owned as a whole. */
const keysOf = (schema: Schema): readonly string[] | undefined => {
  const listType = schema["x-kubernetes-list-type"];
  if (listType === "map") return schema["x-kubernetes-list-map-keys"] ?? [];
  if (listType !== undefined) return listType === "set" ? [] : undefined;
  const strategies = schema["x-kubernetes-patch-strategy"]?.split(",") ?? [];
  if (!strategies.includes("merge")) return undefined;
  const key = schema["x-kubernetes-patch-merge-key"];
  return key === undefined ? [] : [key];
};
