import type { AnyObject } from "../../../k8s/types.ts";
import type { ResourceType } from "../api/resource-type.ts";
import { apiVersionOf } from "../api/stored.ts";
import { takeGoForm } from "../builtin/go-form.ts";
import { schemaOfDefinition } from "../model/schemas.ts";
import type { Fields } from "../schema/data.ts";
import type { Schema } from "../schema/schema.ts";
import { DEDUCED, type FieldType, fieldTypeOf } from "./field-type.ts";

const types = new WeakMap<ResourceType, FieldType>();
const empties = new WeakMap<ResourceType, Fields>();

/** The type of the objects of a resource, metadata and all. */
export const objectType = (type: ResourceType): FieldType => {
  const known = types.get(type) ?? (type.schema === undefined ? DEDUCED : typeOf(type, type.schema));
  types.set(type, known);
  return known;
};

const STRING: Schema = { type: "string" };

const typeOf = ({ custom }: ResourceType, schema: Schema): FieldType => {
  if (!custom) return fieldTypeOf(schema, { builtin: true, preserves: false });
  const metadata = schemaOfDefinition("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta");
  const whole = { ...schema, properties: { apiVersion: STRING, kind: STRING, ...schema.properties, metadata } };
  return fieldTypeOf(whole, { builtin: false, preserves: false });
};

/**
 * What a new object is compared with. Go's structs are there before anybody sets them, so that nobody becomes the owner of
 * `spec` itself; custom resources have nothing but their kind.
 */
export const emptyObject = (type: ResourceType): Fields => {
  const known = empties.get(type) ?? makeEmpty(type);
  empties.set(type, known);
  return known;
};

const makeEmpty = (type: ResourceType): Fields => {
  const { kind, custom } = type;
  const object: Fields = { kind, apiVersion: apiVersionOf(type) };
  if (custom) return object;
  if (type.resource === "customresourcedefinitions") return { ...object, ...EMPTY_DEFINITION };
  takeGoForm(object as unknown as AnyObject, type);
  return object;
};

/** A CustomResourceDefinition before anybody sets anything: its Go structs are not part of the model. */
const EMPTY_DEFINITION: Fields = {
  metadata: {},
  spec: { group: "", names: { plural: "", kind: "" }, scope: "", versions: null },
  status: { conditions: null, acceptedNames: { plural: "", kind: "" }, storedVersions: null },
};
