import { createHash, randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { formatImage, parseImage } from "../../../src/docker/image-name.ts";
import type { FakeAnswer, FakeCall } from "./fake-docker.ts";

/** An image as the fake Docker holds it. */
export interface TestImage {
  /** `nginx:1.26` */
  readonly name: string;
  readonly layers: readonly Buffer[];
  readonly config: Buffer;
}

export const MB: number = 1024 * 1024;

/** A layer of that many bytes, of random content. */
export const layerOf = (bytes: number): Buffer => randomBytes(bytes);

export const imageOf = (name: string, layers: readonly Buffer[], extra: Record<string, unknown> = {}): TestImage => ({
  name,
  layers,
  config: Buffer.from(
    JSON.stringify({
      architecture: "amd64",
      os: "linux",
      rootfs: { type: "layers", diff_ids: layers.map(digestOf) },
      ...extra,
    }),
  ),
});

export const digestOf = (content: Buffer): string => `sha256:${hexOf(content)}`;

const hexOf = (content: Buffer): string => createHash("sha256").update(content).digest("hex");

/** How Docker writes an export. */
export type ExportForm =
  /** Up to 24: a folder per layer, named by nothing that a registry knows; an equal layer is a link. */
  | "folders"
  /** 25 and later: an OCI layout. */
  | "layout"
  /** 25 and later with containerd's store: an OCI layout whose layers are packed, the image known by its manifest. */
  | "packed";

/** Answers what seeding asks of Docker. `images` may change between calls. */
export const answerImages =
  (images: () => readonly TestImage[], form: ExportForm) =>
  async ({ path, query }: FakeCall): Promise<FakeAnswer | undefined> => {
    const find = (name: string): TestImage | undefined =>
      images().find((image) => formatImage(parseImage(image.name)) === formatImage(parseImage(name)));
    if (path === "/images/get") {
      const wanted = query
        .getAll("names")
        .map(find)
        .filter((image) => image !== undefined);
      return { body: await archiveOf(wanted, form) };
    }
    const [, name] = /^\/images\/(.+)\/json$/.exec(path) ?? [];
    const image = name === undefined ? undefined : find(decodeURIComponent(name));
    if (image === undefined) return undefined;
    const layers = image.layers.map(digestOf);
    if (form !== "packed") return { body: { Id: digestOf(image.config), RootFS: { Layers: layers } } };
    const digest = digestOf(manifestOf(image, form));
    return { body: { Id: digest, RootFS: { Layers: layers }, Descriptor: { digest } } };
  };

const archiveOf = async (images: readonly TestImage[], form: ExportForm): Promise<Buffer> => {
  const files = form === "folders" ? foldersOf(images) : layoutOf(images, form);
  const archive = pack();
  for (const [name, content] of files) {
    if (Buffer.isBuffer(content)) archive.entry({ name }, content);
    else archive.entry({ name, type: "symlink", linkname: content.link });
  }
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

type Files = Map<string, Buffer | { readonly link: string }>;

const foldersOf = (images: readonly TestImage[]): Files => {
  const files: Files = new Map();
  const first = new Map<string, string>();
  const list = images.map(({ name, config, layers }) => {
    const Layers = layers.map((layer, index) => {
      const folder = hexOf(Buffer.from(`${name} ${index}`));
      const known = first.get(hexOf(layer));
      files.set(`${folder}/VERSION`, Buffer.from("1.0"));
      files.set(`${folder}/layer.tar`, known === undefined ? layer : { link: `../${known}/layer.tar` });
      if (known === undefined) first.set(hexOf(layer), folder);
      return `${folder}/layer.tar`;
    });
    files.set(`${hexOf(config)}.json`, config);
    return { Config: `${hexOf(config)}.json`, RepoTags: [name], Layers };
  });
  return files.set("manifest.json", Buffer.from(JSON.stringify(list)));
};

const layoutOf = (images: readonly TestImage[], form: ExportForm): Files => {
  const files: Files = new Map();
  const add = (content: Buffer): string => {
    files.set(`blobs/sha256/${hexOf(content)}`, content);
    return `blobs/sha256/${hexOf(content)}`;
  };
  const list = images.map((image) => ({
    Config: add(image.config),
    RepoTags: [image.name],
    Layers: image.layers.map((layer) => add(blobOf(layer, form))),
  }));
  const manifests = images.map((image) => ({ digest: digestOf(manifestOf(image, form)) }));
  for (const image of images) add(manifestOf(image, form));
  files.set("index.json", Buffer.from(JSON.stringify({ schemaVersion: 2, manifests })));
  return files.set("manifest.json", Buffer.from(JSON.stringify(list)));
};

const blobOf = (layer: Buffer, form: ExportForm): Buffer => (form === "packed" ? gzipSync(layer) : layer);

/** Digests of the layers as they leave Docker. */
export const layerDigests = ({ layers }: TestImage, form: ExportForm): string[] =>
  layers.map((layer) => digestOf(blobOf(layer, form)));

/** The manifest that Docker itself gives the image. */
export const manifestOf = ({ config, layers }: TestImage, form: ExportForm): Buffer =>
  Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      config: { mediaType: "application/vnd.oci.image.config.v1+json", digest: digestOf(config), size: config.length },
      layers: layers.map((layer) => {
        const blob = blobOf(layer, form);
        return { mediaType: "application/vnd.oci.image.layer.v1.tar", digest: digestOf(blob), size: blob.length };
      }),
    }),
  );
