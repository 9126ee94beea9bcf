import type { AnyObject } from "../../../k8s/types.ts";
import { shapeProblem } from "../builtin/shape.ts";
import { rulesOf } from "../rules/rules-of.ts";
import { decodeBody, typedObject } from "./body.ts";
import type { Call } from "./core.ts";
import type { FieldValidation, WriteOptions } from "./query.ts";
import type { ResourceType } from "./resource-type.ts";
import { badRequest } from "./status.ts";
import { apiVersionOf } from "./stored.ts";

/** An object as its client meant it: of the right kind, with nothing that the kind does not have. */
export interface Incoming {
  readonly object: AnyObject;
  /** Texts for `Warning` headers. */
  readonly warnings: readonly string[];
}

/** Reads the object in the body of a create or an update. */
export const readIncoming = async (call: Call, options: WriteOptions): Promise<Incoming> => {
  const { type, request } = call;
  const { value, problems } = await decodeBody(request, type.kind);
  // Nothing counts as an object with nothing in it.
  const object = value === null ? ({} as AnyObject) : typedObject(value);
  if (object === undefined)
    throw badRequest(
      `the object provided is unrecognized (must be of type ${type.kind}): couldn't get version/kind; json parse error: json: cannot unmarshal ${jsonTypeOf(value)} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" } (${Buffer.from(JSON.stringify(value)).toString("hex")})`,
    );
  return incoming(call, object, problems, options.fieldValidation);
};

/** Checks kind, place and fields of an object that came with a request or was made by a patch. */
export const incoming = (
  call: Call,
  object: AnyObject,
  problems: readonly string[],
  fieldValidation: FieldValidation,
): Incoming => {
  const { type } = call;
  checkKind(object, type);
  const shape = type.custom ? undefined : shapeProblem(object, type);
  if (shape !== undefined)
    throw badRequest(
      `${type.kind} in version ${JSON.stringify(type.version)} cannot be handled as a ${type.kind}: ${shape}`,
    );
  if (typeof object.metadata !== "object" || object.metadata === null) object.metadata = { name: "" };
  checkPlace(call, object);
  const unknown = rulesOf(type).dropUnknown(object);
  const all = [...problems, ...unknown];
  if (all.length === 0 || fieldValidation === "Ignore") return { object, warnings: [] };
  if (fieldValidation === "Warn") return { object, warnings: all };
  throw badRequest(strictProblem(type, all));
};

const strictProblem = (type: ResourceType, problems: readonly string[]): string => {
  const what = `strict decoding error: ${problems.join(", ")}`;
  return `${type.kind} in version ${JSON.stringify(type.version)} cannot be handled as a ${type.kind}: ${what}`;
};

const checkKind = (object: AnyObject, type: ResourceType): void => {
  const apiVersion = apiVersionOf(type);
  object.kind ??= type.kind;
  object.apiVersion ??= apiVersion;
  if (object.kind === type.kind && object.apiVersion === apiVersion) return;
  if (object.kind === type.kind)
    throw badRequest(
      `the API version in the data (${object.apiVersion}) does not match the expected API version (${apiVersion})`,
    );
  throw badRequest(
    `the object provided is unrecognized (must be of type ${type.kind}): ${object.kind} in version ${JSON.stringify(object.apiVersion)} is not what this path takes`,
  );
};

const checkPlace = ({ type, namespace, name }: Call, { metadata }: AnyObject): void => {
  if (type.namespaced) {
    if (metadata.namespace === undefined || metadata.namespace === "") metadata.namespace = namespace ?? "";
    else if (metadata.namespace !== namespace)
      throw badRequest(`the namespace of the provided object does not match the namespace sent on the request`);
  } else delete (metadata as { namespace?: string }).namespace;
  if (name === undefined) return;
  if (metadata.name === undefined || metadata.name === "")
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  if (metadata.name !== name)
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
};

const jsonTypeOf = (value: unknown): string => {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;
};
