import { type Json } from "./json.ts";
import { mergePatch } from "./merge-patch.ts";
import type { Schema } from "../schema/schema.ts";
export const applyStrategicMerge = (object: Json, patch: Json, _schema: Schema): Json => mergePatch(object, patch);
