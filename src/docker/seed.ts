import { createHash, randomBytes } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { PassThrough, type Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type Docker from "dockerode";
import { extract } from "tar-stream";
import { ChoreoError, messageOf } from "../lib/errors.ts";
import { formatImage, parseImage } from "./image-name.ts";
import { MANIFEST_TYPE, type RegistryClient } from "./registry-client.ts";

const CONFIG_TYPE = "application/vnd.oci.image.config.v1+json";
const LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar";

export interface Seeded {
  /** Whether the host's Docker has the image. */
  readonly local: boolean;
  readonly movedBytes: number;
}

/**
 * Copies an image of the host's Docker into the platform's registry, under its host (`docker.io/library/nginx`), so that
 * every plane finds it by its own name. Docker gets no tag for it. Layers are named by their uncompressed content, which
 * Docker tells before it exports anything: what is there is not sent again, and an image that is there costs two requests.
 */
export const seedImage = async (docker: Docker, registry: RegistryClient, reference: string): Promise<Seeded> => {
  const name = parseImage(reference);
  if (name.tag === undefined) return { local: false, movedBytes: 0 };
  const image = await inspect(docker, formatImage(name));
  if (image === undefined) return { local: false, movedBytes: 0 };
  const repository = `${name.host}/${name.path}`;
  const there = await registry.manifest(repository, name.tag);
  if (there?.config.digest === image.Id) return { local: true, movedBytes: 0 };
  const layers = image.RootFS?.Layers ?? [];
  const missing = new Set<string>();
  for (const digest of [...layers, image.Id]) if (!(await registry.hasBlob(repository, digest))) missing.add(digest);
  const exported = await upload(docker, registry, {
    reference: formatImage(name),
    repository,
    missing,
    all: missing.size === new Set([...layers, image.Id]).size,
  });
  const config = exported.sizes.get(image.Id) ?? exported.configSize;
  await registry.putManifest(repository, name.tag, {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: { mediaType: CONFIG_TYPE, digest: image.Id, size: config },
    layers: exported.layers.map((digest) => ({ mediaType: LAYER_TYPE, digest, size: exported.sizes.get(digest) ?? 0 })),
  });
  return { local: true, movedBytes: exported.movedBytes };
};

interface Export {
  /** Digests in the order of the image. */
  readonly layers: readonly string[];
  readonly sizes: ReadonlyMap<string, number>;
  readonly configSize: number;
  readonly movedBytes: number;
}

/** Reads the export once: every file is hashed, and sent on when the registry lacks it. */
const upload = async (docker: Docker, registry: RegistryClient, what: Target): Promise<Export> => {
  const reader = extract();
  const source = (await docker.getImage(what.reference).get()) as unknown as Readable;
  const ended = pipeline(source, reader);
  const digests = new Map<string, string>();
  const links = new Map<string, string>();
  const sizes = new Map<string, number>();
  const texts = new Map<string, string>();
  let movedBytes = 0;
  for await (const entry of reader) {
    const { name, type, linkname, size } = entry.header;
    if (type === "symlink") links.set(name, resolveLink(name, linkname ?? ""));
    if (type !== "file" && type !== "contiguous-file") {
      entry.resume();
      continue;
    }
    // Small files are the manifest, configurations and versions: kept, because the index comes last.
    if (size < 1_000_000 && !name.endsWith(".tar")) {
      const text = await read(entry as unknown as Readable);
      texts.set(name, text.toString("utf8"));
      const digest = `sha256:${createHash("sha256").update(text).digest("hex")}`;
      digests.set(name, digest);
      sizes.set(digest, text.length);
      if (what.missing.has(digest)) {
        await registry.putBlob(what.repository, streamOf(text), () => digest);
        movedBytes += text.length;
      }
      continue;
    }
    const { digest, sent } = await sendLayer(registry, what, entry as unknown as Readable);
    digests.set(name, digest);
    sizes.set(digest, size);
    if (sent) movedBytes += size;
  }
  await ended;
  const index = JSON.parse(texts.get("manifest.json") ?? "[]") as { Config: string; Layers: string[] }[];
  const [first] = index;
  if (first === undefined)
    throw new ChoreoError("E_IMAGE", `Docker's export of ${what.reference} has no manifest`, {
      fix: `docker pull ${what.reference}`,
    });
  const digestOf = (file: string): string =>
    digests.get(file) ?? digests.get(links.get(file) ?? "") ?? `sha256:${file.split("/").at(-1) ?? ""}`;
  return {
    layers: first.Layers.map(digestOf),
    sizes,
    configSize: Buffer.byteLength(texts.get(first.Config) ?? ""),
    movedBytes,
  };
};

/**
 * Docker's older export does not say which layer a file is: its digest is known when it has been read. When nothing is
 * missing it is only read; when everything is, it streams straight on; else it waits in a file for its digest.
 */
const sendLayer = async (
  registry: RegistryClient,
  { repository, missing, all }: Target,
  entry: Readable,
): Promise<{ digest: string; sent: boolean }> => {
  const hash = createHash("sha256");
  entry.on("data", (chunk: Buffer) => hash.update(chunk));
  let digest = "";
  const finish = (): string => (digest = `sha256:${hash.digest("hex")}`);
  if (missing.size === 0) {
    await pipeline(entry, new Writable({ write: (_chunk, _encoding, done) => done() }));
    return { digest: finish(), sent: false };
  }
  if (all) {
    const copy = new PassThrough();
    await Promise.all([pipeline(entry, copy), registry.putBlob(repository, copy, finish)]);
    return { digest, sent: true };
  }
  const file = path.join(os.tmpdir(), `choreo-dev-layer-${randomBytes(8).toString("hex")}`);
  try {
    await pipeline(entry, createWriteStream(file, { mode: 0o600 }));
    finish();
    if (missing.has(digest)) await registry.putBlob(repository, createReadStream(file), () => digest);
    return { digest, sent: missing.has(digest) };
  } finally {
    await rm(file, { force: true });
  }
};

interface Target {
  readonly reference: string;
  readonly repository: string;
  readonly missing: ReadonlySet<string>;
  /** Nothing of the image is there. */
  readonly all: boolean;
}

const resolveLink = (from: string, to: string): string => new URL(to, `file:///${from}`).pathname.slice(1);

const read = async (stream: Readable): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

const streamOf = (buffer: Buffer): Readable => {
  const stream = new PassThrough();
  stream.end(buffer);
  return stream;
};

const inspect = async (docker: Docker, reference: string): Promise<Docker.ImageInspectInfo | undefined> => {
  try {
    return await docker.getImage(reference).inspect();
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined;
    throw new ChoreoError("E_DOCKER", `Docker could not be asked for image ${reference}`, {
      why: messageOf(error),
      cause: error,
    });
  }
};
