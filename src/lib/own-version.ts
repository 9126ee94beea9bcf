import { readFile } from "node:fs/promises";
import path from "node:path";
import { packageRoot } from "./package-root.ts";

/** The version of this package. */
export const ownVersion = async (): Promise<string> => {
  const text = await readFile(path.join(packageRoot(), "package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
};
