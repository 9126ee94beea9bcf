import { PatchError, jsonPatch } from "../patch/json-patch.ts";
import type { Json } from "../patch/json.ts";
import { mergePatch } from "../patch/merge-patch.ts";
import { applyStrategicMerge } from "../patch/strategic-merge.ts";
import type { AnyObject } from "../../../k8s/types.ts";
import { applyObject } from "./apply-object.ts";
import { contentTypeOf, decodeJson } from "./body.ts";
import type { Call, Core } from "./core.ts";
import { type Incoming, incoming } from "./incoming.ts";
import { type WriteOptions, writeOptions } from "./query.ts";
import { answerEntry } from "./render.ts";
import type { ApiAnswer } from "./request.ts";
import { StatusError, badRequest } from "./status.ts";
import { modify, withWarnings } from "./write.ts";

const JSON_PATCH = "application/json-patch+json";
const MERGE_PATCH = "application/merge-patch+json";
const STRATEGIC_MERGE = "application/strategic-merge-patch+json";
const APPLY = "application/apply-patch+yaml";
const FORMS = [JSON_PATCH, MERGE_PATCH, STRATEGIC_MERGE, APPLY];

const MOST_OPERATIONS = 10_000;

/** PATCH in any of its four forms. */
export const patchObject = async (core: Core, call: Call, subresource?: string): Promise<ApiAnswer> => {
  const { type, request } = call;
  const form = contentTypeOf(request);
  if (!FORMS.includes(form)) throw new StatusError("UnsupportedMediaType", "415: Unsupported Media Type", {});
  const forms = type.custom ? FORMS.filter((one) => one !== STRATEGIC_MERGE) : FORMS;
  if (!forms.includes(form)) throw unsupportedPatch(forms);
  if (form === APPLY) return applyObject(core, call, subresource);
  const options = writeOptions(request.query, request.headers["user-agent"], "PatchOptions");
  if (options.force !== undefined)
    throw new StatusError(
      "Invalid",
      'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
      {
        group: "meta.k8s.io",
        kind: "PatchOptions",
        causes: [
          {
            reason: "FieldValueForbidden",
            message: "Forbidden: may not be specified for non-apply patch",
            field: "force",
          },
        ],
      },
    );
  const patch = patchOf(form, (await request.body()).toString("utf8"), type.kind);
  const { entry, warnings } = await modify(core, call, {
    options,
    subresource,
    change: (old) => received(call, plain(patched(form, old, patch.value, type.schema)), patch.problems, options),
    patches: true,
  });
  return withWarnings(answerEntry(core, call, entry), warnings);
};

/** The patched object as an object that came with the request; unknown fields are the patch's fault. */
const received = (call: Call, object: AnyObject, problems: readonly string[], options: WriteOptions): Incoming => {
  if (options.fieldValidation !== "Strict") return incoming(call, object, problems, options.fieldValidation);
  const text = JSON.stringify(Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1))));
  const checked = incoming(call, object, problems, "Warn");
  if (checked.warnings.length === 0) return checked;
  const message = `Invalid value: ${JSON.stringify(text)}: strict decoding error: ${checked.warnings.join(", ")}`;
  throw new StatusError("Invalid", ` "" is invalid: patch: ${message}`, {
    causes: [{ reason: "FieldValueInvalid", message, field: "patch" }],
  });
};

const unsupportedPatch = (forms: readonly string[]): StatusError =>
  new StatusError(
    "UnsupportedMediaType",
    `the body of the request was in an unknown format - accepted media types include: ${forms.join(", ")}`,
  );

const patchOf = (form: string, text: string, kind: string): { value: Json; problems: readonly string[] } => {
  let decoded;
  try {
    decoded = decodeJson(text, kind);
  } catch (error) {
    if (error instanceof StatusError && !error.message.startsWith("the object provided")) throw error;
    throw badRequest(`error decoding patch: ${jsonProblem(error)}`);
  }
  const { value, problems } = decoded;
  if (form === JSON_PATCH) {
    if (!Array.isArray(value)) throw badRequest(`error decoding patch: ${wrongValue(value, "[]handlers.jsonPatchOp")}`);
    if (value.length > MOST_OPERATIONS)
      throw new StatusError(
        "RequestEntityTooLarge",
        `The allowed maximum operations in a JSON patch is ${MOST_OPERATIONS}, got ${value.length}`,
      );
  } else if (typeof value !== "object" || value === null || Array.isArray(value))
    throw badRequest(`error decoding patch: ${wrongValue(value, "map[string]interface {}")}`);
  return { value: value as Json, problems };
};

/** Of the problem with a body, what is wrong with its JSON. */
const jsonProblem = (error: unknown): string => {
  const { message } = error as Error;
  return /json parse error: (.*) \(/s.exec(message)?.[1] ?? message;
};

const wrongValue = (value: unknown, wanted: string): string => {
  const is = Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;
  return `json: cannot unmarshal ${is} into Go value of type ${wanted}`;
};

const patched = (form: string, old: AnyObject, patch: Json, schema: Call["type"]["schema"]): Json => {
  try {
    if (form === JSON_PATCH) return jsonPatch(old as unknown as Json, patch as never);
    if (form === MERGE_PATCH || schema === undefined) return mergePatch(old as unknown as Json, patch);
    return applyStrategicMerge(old as never, patch, schema);
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    throw new StatusError("Invalid", "the server rejected our request due to an error in our request", {});
  }
};

/** Patches make objects without prototypes; from here on they are plain ones. */
const plain = (object: Json): AnyObject => JSON.parse(JSON.stringify(object)) as AnyObject;
