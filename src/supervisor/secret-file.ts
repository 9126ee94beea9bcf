import { readIfExists } from "../lib/fs.ts";

/** Looks a vaultKey up in the local secrets file, `path: value` in YAML, read each time: an edit is seen at once. */
export const createSecretFile =
  (file: string): ((vaultKey: string) => Promise<string | undefined>) =>
  async (vaultKey) => {
    const text = await readIfExists(file);
    if (text === undefined) return undefined;
    const { parse } = await import("yaml");
    const values = (parse(text) ?? {}) as Record<string, unknown>;
    const value = values[vaultKey];
    return value === undefined || value === null ? undefined : String(value);
  };
