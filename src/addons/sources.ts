import { createHash } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import path from "node:path";
import { ChoreoError, isChoreoError } from "../lib/errors.ts";
import { readJsonIfExists, writeFileAtomic } from "../lib/fs.ts";
import { type Bundle, type BundleFile, findInBundle } from "./bundle.ts";
import type { Source } from "./catalog.ts";
import { download, type DownloadOptions, type NetworkAccess } from "./download.ts";

export interface FetchOptions {
  readonly bundle?: Bundle | undefined;
  readonly cacheDir: string;
  readonly network: NetworkAccess;
  readonly signal: AbortSignal;
  readonly onProgress?: DownloadOptions["onProgress"];
}

export interface FetchedSource {
  /** File with exactly the bytes that were checked. */
  readonly path: string;
  readonly sha256: string;
  readonly from: "bundle" | "cache" | "network";
}

/** What is kept of a download for ever: a later one with other bytes is refused, even when the file itself is gone. */
interface Recorded {
  readonly url: string;
  readonly sha256: string;
}

/**
 * A chart or manifest from the bundle, else the cache, else the network. Bytes that are not the expected ones are
 * `E_CHECKSUM`; expected is what the addon pins, else what the bundle says, else what the first download was.
 */
export const fetchSource = async (source: Source, options: FetchOptions): Promise<FetchedSource> => {
  const bundled = findInBundle(options.bundle, source);
  if (bundled !== undefined) return fromBundle(bundled, options.bundle?.dir ?? "");
  const file = path.join(
    options.cacheDir,
    "sources",
    `${source.kind}-${source.name}-${source.version}${extensionOf(source)}`,
  );
  const record = await readJsonIfExists<Recorded>(`${file}.checksum.json`);
  const expected = source.sha256 ?? record?.sha256;
  if (expected !== undefined) {
    const cached = await readFile(file).catch(() => undefined);
    if (cached !== undefined && sha256(cached) === expected) return { path: file, sha256: expected, from: "cache" };
    await rm(file, { force: true });
  }
  const bytes = await download(source.url, options).catch((error: unknown) => {
    throw withMissingBundle(error, source, options.bundle);
  });
  const got = sha256(bytes);
  if (expected !== undefined && got !== expected) throw changed(source, expected, got, `${file}.checksum.json`);
  await writeFileAtomic(file, bytes, 0o644);
  await writeFileAtomic(
    `${file}.checksum.json`,
    `${JSON.stringify({ url: source.url, sha256: got } satisfies Recorded)}\n`,
    0o644,
  );
  return { path: file, sha256: got, from: "network" };
};

const fromBundle = async (file: BundleFile, dir: string): Promise<FetchedSource> => {
  const bytes = await readFile(file.path).catch((cause: unknown) => {
    throw new ChoreoError("E_BUNDLE", `The bundle ${dir} lacks ${path.relative(dir, file.path)}`, {
      why: `its bundle.json lists it for ${file.name} ${file.version}`,
      fix: "copy the bundle again",
      cause,
    });
  });
  const got = sha256(bytes);
  if (got === file.sha256) return { path: file.path, sha256: got, from: "bundle" };
  throw new ChoreoError("E_CHECKSUM", `${file.path} is not the file that the bundle describes`, {
    why: `expected SHA-256 ${file.sha256}, got ${got}`,
    fix: "copy the bundle again, or correct its bundle.json if the file was replaced on purpose",
  });
};

const changed = (source: Source, expected: string, got: string, record: string): ChoreoError =>
  new ChoreoError("E_CHECKSUM", `${source.url} is not the file it was`, {
    why: `expected SHA-256 ${expected}, got ${got}`,
    fix:
      source.sha256 === undefined
        ? `find out why it changed; to accept it, remove ${record}`
        : "find out why it changed; use a bundle until then",
  });

const withMissingBundle = (error: unknown, source: Source, bundle: Bundle | undefined): unknown => {
  if (bundle === undefined || !isChoreoError(error, "E_DOWNLOAD")) return error;
  return new ChoreoError("E_DOWNLOAD", error.message, {
    why: `${error.why ?? ""}; the bundle ${bundle.dir} has no ${source.kind} ${source.name} ${source.version}`,
    ...(error.fix === undefined ? {} : { fix: error.fix }),
    cause: error,
  });
};

const extensionOf = ({ kind }: Source): string => (kind === "chart" ? ".tgz" : ".yaml");

export const sha256 = (bytes: Uint8Array | string): string => createHash("sha256").update(bytes).digest("hex");
