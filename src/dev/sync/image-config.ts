import type { RegistryClient } from "../../docker/registry-client.ts";

/** What of an image's configuration decides how it is run. */
export interface ImageConfig {
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  readonly workdir: string;
  /** Name or number, perhaps with a group behind it; "" for root. */
  readonly user: string;
  /** Names and values of its environment. */
  readonly env: Readonly<Record<string, string>>;
}

interface OciConfig {
  readonly config?: {
    readonly Entrypoint?: readonly string[] | null;
    readonly Cmd?: readonly string[] | null;
    readonly WorkingDir?: string;
    readonly User?: string;
    readonly Env?: readonly string[] | null;
  };
}

/**
 * Reads the configuration of an image in the platform's registry, by repository, tag and digest as a build tells them.
 * Undefined when the registry has no such image, or only a list of images.
 */
export const readImageConfig = async (registry: RegistryClient, image: string): Promise<ImageConfig | undefined> => {
  const [name = "", digest] = image.split("@");
  const repository = name.replace(/:[^/:]+$/, "");
  const manifest = digest === undefined ? undefined : await registry.manifest(repository, digest);
  const blob = manifest?.config === undefined ? undefined : await registry.blob(repository, manifest.config);
  if (blob === undefined) return undefined;
  const { config = {} } = JSON.parse(blob.toString("utf8")) as OciConfig;
  return {
    entrypoint: config.Entrypoint ?? [],
    cmd: config.Cmd ?? [],
    workdir: config.WorkingDir ?? "",
    user: config.User ?? "",
    env: Object.fromEntries((config.Env ?? []).map((pair) => pair.split(/=(.*)/s, 2) as [string, string])),
  };
};
