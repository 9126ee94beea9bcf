import type { AnyObject, ObjectMeta } from "../../../k8s/types.ts";
import { jsonCopy } from "../../../lib/json-copy.ts";
import { applyServerSide } from "../managed-fields/apply.ts";
import { storedEntries } from "../managed-fields/entry.ts";
import { decodeYaml, typedObject } from "./body.ts";
import type { Call, Core } from "./core.ts";
import { type Incoming, incoming } from "./incoming.ts";
import { timestamp } from "./metadata.ts";
import { type WriteOptions, invalidOptions, writeOptions } from "./query.ts";
import { answerEntry } from "./render.ts";
import type { ApiAnswer } from "./request.ts";
import { badRequest, conflict } from "./status.ts";
import { apiVersionOf } from "./stored.ts";
import { findVersion } from "./track.ts";
import { modify, withWarnings } from "./write.ts";

/** Server-side apply: the object as one manager wants it, merged with what others own. */
export const applyObject = async (core: Core, call: Call, subresource?: string): Promise<ApiAnswer> => {
  const { request } = call;
  const options = writeOptions(request.query, request.headers["user-agent"], "PatchOptions");
  if (!options.namedManager)
    throw invalidOptions(
      "PatchOptions",
      "fieldManager",
      "FieldValueRequired",
      "Required value: is required for apply patch",
    );
  const { value, problems } = decodeYaml((await request.body()).toString("utf8"));
  const applied = typedObject(value);
  if (applied === undefined) throw badRequest("error decoding YAML: the patch is no object");
  const over = (live: AnyObject): Incoming => {
    const object = merged(core, call, { live, applied, options, subresource });
    refuseTwice(problems, options);
    // Unknown fields are none of an object that was applied by its types.
    return incoming(call, object, [], "Ignore");
  };
  const { entry, created } = await modify(core, call, {
    options,
    subresource,
    change: over,
    patches: true,
    absent: subresource === undefined ? () => newObject(call, applied, over) : undefined,
    track: ({ given }) => (given?.length === 0 ? undefined : storedEntries(given)),
  });
  return withWarnings(
    answerEntry(core, call, entry, created ? 201 : 200),
    options.fieldValidation === "Warn" ? problems : [],
  );
};

const merged = (
  core: Core,
  { type }: Call,
  {
    live,
    applied,
    options,
    subresource,
  }: { live: AnyObject; applied: AnyObject; options: WriteOptions; subresource: string | undefined },
): AnyObject =>
  applyServerSide({
    type,
    find: findVersion(core, type),
    live,
    applied: jsonCopy(applied),
    manager: options.fieldManager,
    subresource,
    force: options.force === true,
    time: timestamp(core.clock),
  });

const newObject = ({ type, name = "" }: Call, applied: AnyObject, over: (live: AnyObject) => Incoming): AnyObject => {
  const { object } = over({ apiVersion: apiVersionOf(type), kind: type.kind } as AnyObject);
  const { uid }: Partial<ObjectMeta> = (applied as Partial<AnyObject>).metadata ?? {};
  if (uid === undefined || uid === "") return object;
  throw conflict(
    type,
    name,
    `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
  );
};

const refuseTwice = (problems: readonly string[], { fieldValidation }: WriteOptions): void => {
  if (problems.length > 0 && fieldValidation === "Strict")
    throw badRequest(`error strict decoding YAML: ${problems.join(", ")}`);
};
