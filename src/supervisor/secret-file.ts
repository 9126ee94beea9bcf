import { stat } from "node:fs/promises";
import { readIfExists } from "../lib/fs.ts";
import type { Log } from "./controller.ts";

/**
 * Looks a vaultKey up in the local secrets file, `path: value` in YAML, read each time: an edit is seen at once. Values are
 * text as it is written, never numbers: `007` stays `007`. What is no text is no value.
 */
export const createSecretFile = (file: string, log: Log): ((vaultKey: string) => Promise<string | undefined>) => {
  let warned = false;
  return async (vaultKey) => {
    const text = await readIfExists(file);
    if (text === undefined) return undefined;
    if (!warned && process.platform !== "win32" && ((await stat(file)).mode & 0o077) !== 0) {
      warned = true;
      log("warn", `${file} can be read by others: chmod 600`);
    }
    const { parse } = await import("yaml");
    const values = (parse(text, { schema: "failsafe" }) ?? {}) as Record<string, unknown>;
    const value = Object.hasOwn(values, vaultKey) ? values[vaultKey] : undefined;
    return typeof value === "string" ? value : undefined;
  };
};
