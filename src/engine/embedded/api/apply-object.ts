import { decodeYaml, typedObject } from "./body.ts";
import type { Call, Core } from "./core.ts";
import { incoming } from "./incoming.ts";
import { invalidOptions, writeOptions } from "./query.ts";
import { answerEntry } from "./render.ts";
import type { ApiAnswer } from "./request.ts";
import { badRequest } from "./status.ts";
import { modify, withWarnings } from "./write.ts";
import { mergePatch } from "../patch/merge-patch.ts";
import type { AnyObject } from "../../../k8s/types.ts";

/** Server-side apply: the object as one manager wants it, merged with what others own. */
export const applyObject = async (core: Core, call: Call, subresource?: string): Promise<ApiAnswer> => {
  const { request } = call;
  const options = writeOptions(request.query, request.headers["user-agent"], "PatchOptions");
  if (!options.namedManager)
    throw invalidOptions("PatchOptions", "fieldManager", "FieldValueRequired", "Required value: is required for apply patch");
  const { value, problems } = decodeYaml((await request.body()).toString("utf8"));
  const applied = typedObject(value);
  if (applied === undefined) throw badRequest("error decoding YAML: the patch is no object");
  const { object: wanted, warnings } = incoming(call, applied, problems, options.fieldValidation);
  const { entry, created } = await modify(core, call, {
    options,
    subresource,
    change: (old) => ({ object: mergePatch(old as never, wanted as never) as unknown as AnyObject, warnings: [] }),
    absent: subresource === undefined ? () => wanted : undefined,
  });
  return withWarnings(answerEntry(core, call, entry, created ? 201 : 200), warnings);
};
