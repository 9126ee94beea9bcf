import path from "node:path";
import { z } from "zod";
import { ChoreoError } from "../lib/errors.ts";
import { readIfExists } from "../lib/fs.ts";
import type { Source } from "./catalog.ts";

/** A folder with the charts, manifests and names of images that addons need, for machines without internet. */
export interface Bundle {
  /** Absolute path of the folder. */
  readonly dir: string;
  readonly files: readonly BundleFile[];
  /** References of images that are provided together with the folder. */
  readonly images: readonly string[];
  /** Where those images are: `docker` means in the host's Docker. */
  readonly imagesFrom: "docker";
}

export interface BundleFile {
  readonly kind: "chart" | "manifest";
  readonly name: string;
  readonly version: string;
  /** Absolute path. */
  readonly path: string;
  /** Where the public original lives; its bytes may differ. */
  readonly source: string;
  readonly sha256: string;
}

const bundleFile = z.strictObject({
  apiVersion: z.literal("choreo-dev/v1alpha1"),
  kind: z.literal("Bundle"),
  files: z.array(
    z.strictObject({
      kind: z.enum(["chart", "manifest"]),
      name: z.string().min(1),
      version: z.string().min(1),
      path: z.string().min(1),
      source: z.string().min(1),
      sha256: z.string().regex(/^[0-9a-f]{64}$/, "not a SHA-256 in lower-case hex"),
    }),
  ),
  images: z.array(z.string().min(1)).default([]),
  imagesFrom: z.enum(["docker"]).default("docker"),
});

/** Reads `bundle.json` of a folder. Whatever is wrong with it is `E_BUNDLE`; the files are checked when they are used. */
export const openBundle = async (folder: string): Promise<Bundle> => {
  const dir = path.resolve(folder);
  const text = await readIfExists(path.join(dir, "bundle.json")).catch((cause: unknown) => {
    throw bundleError(dir, "its bundle.json cannot be read", { cause });
  });
  if (text === undefined) throw bundleError(dir, "there is no bundle.json in it");
  const parsed = bundleFile.safeParse(parseJson(dir, text));
  if (!parsed.success) {
    throw bundleError(dir, "its bundle.json does not have the expected form", {
      evidence: z.prettifyError(parsed.error).split("\n"),
    });
  }
  const { files, images, imagesFrom } = parsed.data;
  return { dir, files: files.map((file) => ({ ...file, path: insideOf(dir, file.path) })), images, imagesFrom };
};

/** The file of a bundle that provides a source, if it has it in that version. */
export const findInBundle = (bundle: Bundle | undefined, { kind, name, version }: Source): BundleFile | undefined =>
  bundle?.files.find((file) => file.kind === kind && file.name === name && file.version === version);

const parseJson = (dir: string, text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw bundleError(dir, "its bundle.json is not JSON", { cause });
  }
};

const insideOf = (dir: string, file: string): string => {
  const absolute = path.resolve(dir, file);
  if (absolute.startsWith(dir + path.sep)) return absolute;
  throw bundleError(dir, `the path ${file} leads out of it`);
};

const bundleError = (dir: string, why: string, details: { cause?: unknown; evidence?: string[] } = {}): ChoreoError =>
  new ChoreoError("E_BUNDLE", `The bundle ${dir} cannot be used`, {
    why,
    fix: "give --bundle (or CHOREO_DEV_BUNDLE) a folder with a bundle.json as in docs/addons.md",
    ...details,
  });
