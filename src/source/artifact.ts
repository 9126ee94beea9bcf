import { createReadStream } from "node:fs";
import { MANIFEST_TYPE, type RegistryClient, sha256 } from "../docker/registry-client.ts";
import type { PackedSource } from "./pack.ts";

const CONFIG_TYPE = "application/vnd.oci.image.config.v1+json";
const LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar";
const ARTIFACT_TYPE = "application/vnd.choreo.source.v1";

export interface PushedSource {
  /** Repository and digest, without the registry: what a Build names as its artifact. */
  readonly reference: string;
  /** Bytes that were sent; 0 when the registry had all of it. */
  readonly movedBytes: number;
}

/** Repository of the sources of a component. */
export const sourceRepository = (repository: string): string => `sources/${repository}`;

/**
 * Brings a packed source to the platform's registry, as an OCI image whose only layer is the source: BuildKit and every
 * other tool that knows images can unpack it. Nothing is sent that the registry has. Errors: E_IMAGE.
 */
export const pushSource = async (
  registry: RegistryClient,
  repository: string,
  packed: Pick<PackedSource, "file" | "digest" | "size">,
): Promise<PushedSource> => {
  const config = Buffer.from(
    JSON.stringify({
      architecture: ARCHITECTURES[process.arch] ?? process.arch,
      os: "linux",
      config: {},
      rootfs: { type: "layers", diff_ids: [packed.digest] },
    }),
  );
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST_TYPE,
      artifactType: ARTIFACT_TYPE,
      config: { mediaType: CONFIG_TYPE, digest: sha256(config), size: config.length },
      layers: [{ mediaType: LAYER_TYPE, digest: packed.digest, size: packed.size }],
    }),
  );
  const reference = `${repository}@${sha256(manifest)}`;
  if ((await registry.manifest(repository, sha256(manifest))) !== undefined) return { reference, movedBytes: 0 };
  let movedBytes = 0;
  if ((await registry.blobSize(repository, packed.digest)) === undefined) {
    const upload = await registry.upload(repository, createReadStream(packed.file));
    await upload.finish(packed.digest);
    movedBytes = packed.size;
  }
  const upload = await registry.upload(repository, config);
  await upload.finish(sha256(config));
  await registry.putManifest(repository, sha256(manifest), manifest, MANIFEST_TYPE);
  return { reference, movedBytes };
};

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };
