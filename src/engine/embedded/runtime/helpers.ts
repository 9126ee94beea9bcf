import path from "node:path";
import { packageRoot } from "../../../lib/package-root.ts";

/** A program that ships as a plain file with the package: it runs in processes that are not ours. */
export const helperPath = (name: string): string => path.join(packageRoot(), "runtime-helpers", name);
