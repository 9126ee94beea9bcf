import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { readJsonIfExists } from "../../../lib/fs.ts";

/** What a build adds to a folder's own words of how it is run. Paths are from the bundle. */
export interface Bundle {
  readonly language: string;
  /** Runs instead of what is found in the folder. */
  readonly entrypoint?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Folder of installed Python packages. */
  readonly packages?: string | undefined;
}

const FILE = ".choreo/bundle.json";

export const writeBundle = async (folder: string, bundle: Bundle): Promise<void> => {
  const file = path.join(folder, FILE);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(bundle, undefined, 2)}\n`);
};

/** Undefined for a folder that no build made. */
export const readBundle = (folder: string): Promise<Bundle | undefined> =>
  readJsonIfExists<Bundle>(path.join(folder, FILE));

/** How the program of a bundle finds what the build installed. */
export const bundleEnv = (folder: string, { env = {}, packages }: Bundle): Record<string, string> => {
  if (packages === undefined) return { ...env };
  const place = path.join(folder, packages);
  return { ...env, PYTHONPATH: place, PATH: [path.join(place, "bin"), process.env["PATH"] ?? ""].join(path.delimiter) };
};
