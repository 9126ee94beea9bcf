import type { Schema } from "../schema/schema.ts";
import type { Json } from "./json.ts";
import { type Members, asMembers } from "./strategic/data.ts";
import { mergeObjects } from "./strategic/merge-objects.ts";

/**
 * Kubernetes' strategic merge patch: a merge patch that merges lists by the keys and strategies of the schema and knows the
 * directives `$patch`, `$retainKeys`, `$setElementOrder/…` and `$deleteFromPrimitiveList/…`. Changes neither of its inputs.
 *
 * @throws StatusError for a patch that cannot be applied, with the code and the words of Kubernetes; PatchError for lists
 *   of lists.
 */
export const applyStrategicMerge = (object: Json, patch: Json, schema: Schema): Json =>
  mergeObjects(asMembers(object), asMembers(patch), schema) satisfies Members as Json;
