import path from "node:path";
import { type PodFacts, fieldValue, resourceValue } from "../env/downward.ts";
import type { SourceKind, Sources } from "../sources.ts";
import type { Container, KeyToPath, Pod, Volume, VolumeSource } from "../types.ts";
import type { FolderFile } from "./atomic-folder.ts";

/** A volume cannot be made (yet): Kubernetes' `FailedMount`. */
export class MountError extends Error {}

export interface ServiceAccountTokenRequest {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly audience: string | undefined;
  readonly expirationSeconds: number;
  readonly pod: { readonly name: string; readonly uid: string };
}

export interface ContentInput {
  readonly pod: Pod;
  readonly facts: PodFacts;
  readonly sources: Sources;
  readonly token: ((request: ServiceAccountTokenRequest) => Promise<string>) | undefined;
}

const NO_CONTAINER: Container = { name: "" };

/** The files of a volume that has contents of its own; undefined for the others (emptyDir, hostPath). */
export const volumeContents = async (
  volume: Volume,
  input: ContentInput,
): Promise<ReadonlyMap<string, FolderFile> | undefined> => {
  const { configMap, secret, downwardAPI, projected } = volume;
  if (projected !== undefined) {
    const parts = await Promise.all(
      (projected.sources ?? []).map((source) => filesOf(source, input, projected.defaultMode ?? 0o644)),
    );
    return new Map(parts.flatMap((part) => [...part]));
  }
  const own = configMap ?? secret ?? downwardAPI;
  if (own === undefined) return undefined;
  return filesOf(volume, input, (own as { defaultMode?: number }).defaultMode ?? 0o644);
};

const filesOf = async (
  source: VolumeSource,
  input: ContentInput,
  mode: number,
): Promise<ReadonlyMap<string, FolderFile>> => {
  const { configMap, secret, downwardAPI, serviceAccountToken } = source;
  if (configMap !== undefined) return keyFiles("ConfigMap", configMap.name ?? "", configMap, input, mode);
  if (secret !== undefined) return keyFiles("Secret", secret.secretName ?? secret.name ?? "", secret, input, mode);
  if (downwardAPI !== undefined) return downwardFiles(downwardAPI.items ?? [], input, mode);
  if (serviceAccountToken !== undefined && input.token !== undefined) {
    const { pod } = input;
    const token = await input.token({
      namespace: pod.metadata.namespace ?? "",
      serviceAccount: pod.spec.serviceAccountName ?? "default",
      audience: serviceAccountToken.audience,
      expirationSeconds: serviceAccountToken.expirationSeconds ?? 3600,
      pod: { name: pod.metadata.name, uid: pod.metadata.uid ?? "" },
    });
    return new Map([[inside(serviceAccountToken.path), { data: Buffer.from(token), mode: 0o600 }]]);
  }
  return new Map();
};

const keyFiles = (
  kind: SourceKind,
  name: string,
  { items, optional = false }: { readonly items?: readonly KeyToPath[]; readonly optional?: boolean },
  { pod, sources }: ContentInput,
  mode: number,
): ReadonlyMap<string, FolderFile> => {
  const namespace = pod.metadata.namespace ?? "";
  const data = sources.data(kind, namespace, name);
  if (data === undefined) {
    if (optional) return new Map();
    throw new MountError(`${kind.toLowerCase()} "${name}" not found`);
  }
  if (items === undefined) return new Map([...data].map(([key, value]) => [inside(key), { data: value, mode }]));
  const files = new Map<string, FolderFile>();
  for (const item of items) {
    const value = data.get(item.key);
    if (value !== undefined) files.set(inside(item.path), { data: value, mode: item.mode ?? mode });
    else if (!optional) throw new MountError(`references non-existent ${kind.toLowerCase()} key: ${item.key}`);
  }
  return files;
};

const downwardFiles = (
  items: NonNullable<NonNullable<VolumeSource["downwardAPI"]>["items"]>,
  { pod, facts }: ContentInput,
  mode: number,
): ReadonlyMap<string, FolderFile> =>
  new Map(
    items.map((item) => {
      const value =
        item.fieldRef !== undefined
          ? fieldValue(pod, item.fieldRef, facts)
          : item.resourceFieldRef === undefined
            ? undefined
            : resourceValue(pod, NO_CONTAINER, item.resourceFieldRef);
      if (value === undefined) throw new MountError(`unsupported downward API item ${item.path}`);
      return [inside(item.path), { data: Buffer.from(value), mode: item.mode ?? mode }];
    }),
  );

/** Refuses paths that lead out of the volume. The API server does so, too, but its word is not enough to write files. */
const inside = (name: string): string => {
  const normal = path.posix.normalize(name);
  if (normal === "." || normal.startsWith("..") || path.posix.isAbsolute(normal))
    throw new MountError(`${JSON.stringify(name)} is not a path inside a volume`);
  return normal;
};
