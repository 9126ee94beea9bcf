import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";
import { type LoadOptions, type LoadedConfig, loadConfig } from "../../../src/config/load.ts";
import { ChoreoError } from "../../../src/lib/errors.ts";

export const HEADER = "apiVersion: choreo-dev/v1alpha1\nkind: Platform\n";

/** A temporary folder with files in it, by relative path; gone after the test. */
export const folderWith = async (files: Readonly<Record<string, string>>, name = "shop"): Promise<string> => {
  const root = await mkdtemp(path.join(os.tmpdir(), "choreo-dev-config-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const folder = path.join(root, name);
  await mkdir(folder, { recursive: true });
  for (const [file, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await writeFile(path.join(folder, file), text);
  }
  return folder;
};

/** Loads a `choreo-dev.yaml` with this text behind the two header lines. */
export const loadText = async (text: string, options: Partial<LoadOptions> = {}): Promise<LoadedConfig> =>
  loadConfig({ cwd: await folderWith({ "choreo-dev.yaml": HEADER + text }), env: {}, ...options });

/** The problems of a load that fails with E_CONFIG. */
export const problemsIn = async (load: Promise<unknown>): Promise<readonly string[]> => {
  const error = await load.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof ChoreoError && error.code === "E_CONFIG") return error.evidence;
  throw new Error("expected E_CONFIG", { cause: error });
};

/** The problems of a `choreo-dev.yaml` with this text behind the two header lines. */
export const problemsOfText = (text: string, options: Partial<LoadOptions> = {}): Promise<readonly string[]> =>
  problemsIn(loadText(text, options));
