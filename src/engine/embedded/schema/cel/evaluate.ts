import type { StatusCause } from "../../api/status.ts";
import type { Schema } from "../schema.ts";
export const evaluateRules = (_o: unknown, _old: unknown, _s: Schema): Promise<StatusCause[]> => Promise.resolve([]);
