import type Docker from "dockerode";
import { ChoreoError, messageOf } from "../lib/errors.ts";
import { type ExportedImage, type ImageExport, exportImages, readExport } from "./image-export.ts";
import { formatImage, parseImage } from "./image-name.ts";
import { type KnownLayers, LAYERS, createLayerCopy, digestIn, knownLayers } from "./layer-copy.ts";
import { MANIFEST_TYPE, type RegistryClient, sha256 } from "./registry-client.ts";

const CONFIG_TYPE = "application/vnd.oci.image.config.v1+json";
const LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar";

export interface Seeded {
  /** Whether the host's Docker has the image. */
  readonly local: boolean;
  readonly movedBytes: number;
}

/** {@link seedImages} for one image. */
export const seedImage = async (docker: Docker, registry: RegistryClient, reference: string): Promise<Seeded> => {
  const { local, movedBytes } = await seedImages(docker, registry, [reference]);
  return { local: local.length > 0, movedBytes };
};

/**
 * Copies images of the host's Docker into the platform's registry, under their host (`docker.io/library/nginx`), so that
 * every plane finds them by their own names. Docker gets no tag for it. Layers that the registry has are not sent again;
 * an image that is there costs one question to each side. A reference with a digest is left to the nodes, because the copy
 * would have another one. Returns the references that the host has. Errors are `E_IMAGE` and `E_DOCKER`.
 */
export const seedImages = async (
  docker: Docker,
  registry: RegistryClient,
  references: readonly string[],
  signal?: AbortSignal,
): Promise<{ local: string[]; movedBytes: number }> => {
  const found = await Promise.all([...new Set(references)].map((reference) => findImage(docker, reference)));
  const images = found.filter((image) => image !== undefined);
  const there = await Promise.all(images.map((image) => isSeeded(registry, image)));
  const wanted = images.filter((_image, index) => there[index] !== true);
  const local = images.map(({ reference }) => reference);
  if (wanted.length === 0) return { local, movedBytes: 0 };
  const layers = await knownLayers(
    registry,
    wanted.flatMap(({ diffIds }) => diffIds),
  );
  const first = await copyImages(docker, registry, { wanted, layers, trustSizes: true, signal });
  if (first.lost.length === 0) return { local, movedBytes: first.movedBytes };
  const again = await copyImages(docker, registry, { wanted: first.lost, layers, trustSizes: false, signal });
  if (again.lost.length === 0) return { local, movedBytes: first.movedBytes + again.movedBytes };
  throw incomplete(again.lost.map(({ name }) => name).join(", "));
};

interface LocalImage {
  /** As it was asked for. */
  readonly reference: string;
  /** `docker.io/library/nginx:1.26` */
  readonly name: string;
  readonly repository: string;
  readonly tag: string;
  /** Digests by which the registry may know it: of its configuration and, in Docker's newer store, of its manifests. */
  readonly identities: ReadonlySet<string>;
  /** Digests of the uncompressed layers, base first. */
  readonly diffIds: readonly string[];
}

const findImage = async (docker: Docker, reference: string): Promise<LocalImage | undefined> => {
  const parsed = parseImage(reference);
  const { host, path, tag, digest } = parsed;
  if (tag === undefined || digest !== undefined) return undefined;
  const name = formatImage(parsed);
  const facts = await inspect(docker, name);
  if (facts === undefined) return undefined;
  const descriptors = [facts.Descriptor, ...(facts.Manifests ?? []).map(({ Descriptor }) => Descriptor)];
  return {
    reference,
    name,
    repository: `${host}/${path}`,
    tag,
    identities: new Set([facts.Id, ...descriptors.flatMap((descriptor) => descriptor?.digest ?? [])]),
    diffIds: facts.RootFS?.Layers ?? [],
  };
};

const isSeeded = async (registry: RegistryClient, { repository, tag, identities }: LocalImage): Promise<boolean> => {
  const stored = await registry.manifest(repository, tag);
  return stored !== undefined && (identities.has(stored.digest) || identities.has(stored.config ?? ""));
};

interface Copy {
  readonly wanted: readonly LocalImage[];
  readonly layers: KnownLayers;
  readonly trustSizes: boolean;
  readonly signal: AbortSignal | undefined;
}

/** Copies from one export. `lost` are images of which a layer was taken for another one of its size. */
const copyImages = async (
  docker: Docker,
  registry: RegistryClient,
  { wanted, layers, trustSizes, signal }: Copy,
): Promise<{ lost: LocalImage[]; movedBytes: number }> => {
  const names = wanted.map(({ name }) => name);
  const copy = createLayerCopy(registry, layers, trustSizes);
  const exported = await readExport(await exportImages(docker, names, signal), (file) => copy.offer(file));
  const lost: LocalImage[] = [];
  for (const image of wanted) {
    const { configFile, layerFiles } = entryOf(exported, image);
    const digests = layerFiles.map((file, index) => digestIn(file) ?? image.diffIds[index] ?? "");
    let complete = true;
    for (const [index, file] of layerFiles.entries())
      complete = (await copy.settle(file, digests[index] ?? "", exported.small.get(file))) && complete;
    if (complete) await publish(registry, image, { small: exported.small, configFile, digests, layers });
    else lost.push(image);
  }
  return { lost, movedBytes: copy.movedBytes() };
};

const entryOf = ({ images }: ImageExport, { name }: LocalImage): ExportedImage => {
  const entry = images.find(({ names }) => names.some((one) => formatImage(parseImage(one)) === name));
  if (entry === undefined) throw incomplete(name);
  return entry;
};

interface Parts {
  readonly small: ImageExport["small"];
  readonly configFile: string;
  /** Of the layers, base first. */
  readonly digests: readonly string[];
  readonly layers: KnownLayers;
}

/** Gives the image's repository its layers, configuration and manifest. */
const publish = async (registry: RegistryClient, image: LocalImage, parts: Parts): Promise<void> => {
  const { small, digests, layers } = parts;
  const { repository, tag, name } = image;
  const config = small.get(parts.configFile);
  if (config === undefined) throw incomplete(name);
  await Promise.all([...new Set(digests)].map((digest) => registry.mountBlob(repository, digest, LAYERS)));
  const digest = sha256(config);
  await (await registry.upload(repository, config)).finish(digest);
  const own = findManifest(small, digest);
  const made = {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: { mediaType: CONFIG_TYPE, digest, size: config.length },
    layers: digests.map((layer) => ({ mediaType: LAYER_TYPE, digest: layer, size: layers.get(layer) ?? 0 })),
  };
  const { mediaType, bytes } = own ?? { mediaType: MANIFEST_TYPE, bytes: Buffer.from(JSON.stringify(made)) };
  await registry.putManifest(repository, tag, bytes, mediaType);
};

interface Manifest {
  readonly mediaType?: string;
  readonly config?: { readonly digest: string };
  readonly manifests?: readonly { readonly digest: string }[];
}

/** An OCI layout has the image's own manifest: taken as it is, the image keeps its digest. */
const findManifest = (
  small: ImageExport["small"],
  config: string,
  file = "index.json",
): { mediaType: string; bytes: Buffer } | undefined => {
  const bytes = small.get(file);
  if (bytes === undefined) return undefined;
  const { mediaType = MANIFEST_TYPE, config: own, manifests = [] } = JSON.parse(bytes.toString("utf8")) as Manifest;
  if (own?.digest === config) return { mediaType, bytes };
  for (const { digest } of manifests) {
    const found = findManifest(small, config, `blobs/${digest.replace(":", "/")}`);
    if (found !== undefined) return found;
  }
  return undefined;
};

const incomplete = (name: string): ChoreoError =>
  new ChoreoError("E_IMAGE", `Docker's export of ${name} is not complete`, { fix: `docker pull ${name}` });

/** Newer versions of Docker tell more than the types of dockerode know. */
interface ImageFacts {
  readonly Id: string;
  readonly RootFS?: { readonly Layers?: readonly string[] };
  readonly Descriptor?: { readonly digest: string };
  readonly Manifests?: readonly { readonly Descriptor: { readonly digest: string } }[];
}

const inspect = async (docker: Docker, name: string): Promise<ImageFacts | undefined> => {
  try {
    const image = docker.getImage(name) as unknown as { inspect(options: { manifests: true }): Promise<ImageFacts> };
    return await image.inspect({ manifests: true });
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined;
    throw new ChoreoError("E_DOCKER", `Docker could not be asked for image ${name}`, {
      why: messageOf(error),
      cause: error,
    });
  }
};
