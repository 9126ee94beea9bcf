import type { LargeFile } from "./image-export.ts";
import type { RegistryClient, Upload } from "./registry-client.ts";

/** All layers go here first and are shared with the images' own repositories, so that no two images send the same one. */
export const LAYERS = "choreo-dev/layers";

/** Bytes by digest, of the layers that the registry has. */
export type KnownLayers = Map<string, number>;

/** Sends the layers of one export, each at most once. */
export interface LayerCopy {
  /** Sends a file while it is read, unless the registry has it. */
  offer(file: LargeFile): Promise<void>;
  /** Makes a file the layer of that digest. False when it was not sent and the registry does not have it either. */
  settle(file: string, digest: string, content: Buffer | undefined): Promise<boolean>;
  movedBytes(): number;
}

/** Asks for the sizes of layers. */
export const knownLayers = async (registry: RegistryClient, digests: Iterable<string>): Promise<KnownLayers> => {
  const unique = [...new Set(digests)];
  const sizes = await Promise.all(unique.map((digest) => registry.blobSize(LAYERS, digest)));
  return new Map(unique.flatMap((digest, index) => (sizes[index] === undefined ? [] : [[digest, sizes[index]]])));
};

/**
 * OCI layouts name files by their digest. Docker's older exports do not: there a file is sent without a name and gets it
 * from the list at the export's end, and with `trustSizes` a file as large as a known layer is taken for it and not sent.
 * Where that was wrong, `settle` answers false.
 */
export const createLayerCopy = (registry: RegistryClient, known: KnownLayers, trustSizes: boolean): LayerCopy => {
  const sizes = new Set(trustSizes ? known.values() : []);
  const sent = new Map<string, Upload & { bytes: number }>();
  let movedBytes = 0;
  const send = async (file: string, content: LargeFile["content"] | Buffer, bytes: number): Promise<void> => {
    sent.set(file, { ...(await registry.upload(LAYERS, content)), bytes });
    movedBytes += bytes;
  };
  const isKnown = async (digest: string): Promise<boolean> => {
    if (known.has(digest)) return true;
    const bytes = await registry.blobSize(LAYERS, digest);
    if (bytes !== undefined) known.set(digest, bytes);
    return bytes !== undefined;
  };
  return {
    offer: async ({ name, bytes, content }) => {
      const digest = digestIn(name);
      if (digest === undefined ? sizes.has(bytes) : await isKnown(digest)) return;
      await send(name, content, bytes);
    },
    settle: async (file, digest, content) => {
      if (content !== undefined && !(await isKnown(digest))) await send(file, content, content.length);
      const upload = sent.get(file);
      if (upload === undefined) return isKnown(digest);
      await upload.finish(digest);
      sent.delete(file);
      known.set(digest, upload.bytes);
      return true;
    },
    movedBytes: () => movedBytes,
  };
};

/** The digest that a file of an OCI layout is named by. */
export const digestIn = (file: string): string | undefined => {
  const hex = /^blobs\/sha256\/([0-9a-f]{64})$/.exec(file)?.[1];
  return hex === undefined ? undefined : `sha256:${hex}`;
};
