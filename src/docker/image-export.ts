import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type Docker from "dockerode";
import { extract } from "tar-stream";
import { ChoreoError, isChoreoError, messageOf } from "../lib/errors.ts";

/** Configurations and manifests are smaller than this, layers mostly larger. */
const SMALL_BYTES = 1024 * 1024;

export interface ExportedImage {
  /** The names it was asked for, as Docker writes them: `nginx:1.26`. */
  readonly names: readonly string[];
  readonly configFile: string;
  /** Files of the layers, base first. Equal layers are one file. */
  readonly layerFiles: readonly string[];
}

export interface ImageExport {
  readonly images: readonly ExportedImage[];
  /** Content of the files up to 1 MiB: configurations, manifests, small layers. */
  readonly small: ReadonlyMap<string, Buffer>;
}

export interface LargeFile {
  readonly name: string;
  readonly bytes: number;
  readonly content: Readable;
}

/** What `docker save` would write, as a stream. Several images share the layers that they have in common. */
export const exportImages = async (
  docker: Docker,
  names: readonly string[],
  signal?: AbortSignal,
): Promise<Readable> => {
  try {
    const options = { names, ...(signal === undefined ? {} : { abortSignal: signal }) };
    return await (docker as unknown as Exporter).getImages(options);
  } catch (error) {
    throw exportFailed(names.join(", "), error);
  }
};

/** Missing in the types of dockerode. */
interface Exporter {
  getImages(options: { names: readonly string[]; abortSignal?: AbortSignal }): Promise<Readable>;
}

/**
 * Reads an export once, in its order, without keeping more than the small files. `onLarge` gets every other file and may
 * leave its content unread. Knows both forms: one folder per layer (Docker up to 24) and OCI layouts (25 and later).
 */
export const readExport = async (
  source: Readable,
  onLarge: (file: LargeFile) => Promise<void>,
): Promise<ImageExport> => {
  const reader = extract();
  const fed = pipeline(source, reader);
  fed.catch(() => undefined);
  const small = new Map<string, Buffer>();
  const links = new Map<string, string>();
  try {
    for await (const entry of reader) {
      const { name, type, linkname, size: bytes } = entry.header;
      const content = entry as unknown as Readable;
      if (type === "symlink") links.set(name, linkTarget(name, linkname ?? ""));
      if (type !== "file") entry.resume();
      else if (bytes <= SMALL_BYTES) small.set(name, await read(content));
      else {
        await onLarge({ name, bytes, content });
        entry.resume();
      }
    }
    await fed;
  } catch (error) {
    throw isChoreoError(error) ? error : exportFailed("images", error);
  }
  return { images: imagesIn(small, links), small };
};

const imagesIn = (small: ReadonlyMap<string, Buffer>, links: ReadonlyMap<string, string>): ExportedImage[] => {
  const index = small.get("manifest.json");
  if (index === undefined) throw exportFailed("images", new Error("the archive has no manifest.json"));
  const entries = JSON.parse(index.toString("utf8")) as {
    Config: string;
    RepoTags: string[] | null;
    Layers: string[];
  }[];
  return entries.map(({ Config, RepoTags, Layers }) => ({
    names: RepoTags ?? [],
    configFile: Config,
    layerFiles: Layers.map((file) => links.get(file) ?? file),
  }));
};

const exportFailed = (what: string, error: unknown): ChoreoError =>
  new ChoreoError("E_IMAGE", `Docker could not export ${what}`, {
    why: messageOf(error),
    fix: "check that Docker's disk is not full, then repeat the command",
    cause: error,
  });

const linkTarget = (from: string, to: string): string => new URL(to, `file:///${from}`).pathname.slice(1);

const read = async (stream: Readable): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};
