import { mkdir, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Pod, Volume } from "../types.ts";
import { writeAtomicFolder } from "./atomic-folder.ts";
import { type ContentInput, MountError, volumeContents } from "./contents.ts";

/** Host folders of a pod's volumes by name. */
export type VolumeFolders = ReadonlyMap<string, string>;

export interface VolumeOptions extends ContentInput {
  /** The pod's own folder. */
  readonly dir: string;
  /** Whether a pod may use this path of the machine. */
  readonly allowHostPath: (hostPath: string) => boolean;
}

/** Makes the pod's volumes, or brings them up to date. Throws {@link MountError} when one cannot be made. */
export const prepareVolumes = async (options: VolumeOptions): Promise<VolumeFolders> => {
  const folders = new Map<string, string>();
  for (const volume of options.pod.spec.volumes ?? []) folders.set(volume.name, await prepareVolume(volume, options));
  return folders;
};

const prepareVolume = async (volume: Volume, options: VolumeOptions): Promise<string> => {
  const { hostPath } = volume;
  if (hostPath !== undefined) return prepareHostPath(hostPath, options.allowHostPath);
  const dir = path.join(options.dir, "volumes", volume.name);
  const contents = await volumeContents(volume, options);
  if (contents !== undefined) await writeAtomicFolder(dir, contents);
  else if (volume.emptyDir === undefined)
    throw new MountError(`volume ${volume.name} is of a kind that this engine does not have`);
  // Programs of the container may have another user id in mind than the one that they run as here.
  else await mkdir(dir, { recursive: true, mode: 0o777 });
  return dir;
};

const prepareHostPath = async (
  { path: place, type = "" }: NonNullable<Volume["hostPath"]>,
  allow: (hostPath: string) => boolean,
): Promise<string> => {
  if (!allow(place)) throw new MountError(`hostPath ${place} is not allowed on this platform`);
  const found = await stat(place).catch(() => undefined);
  if (found === undefined) {
    if (type === "DirectoryOrCreate") await mkdir(place, { recursive: true });
    else if (type === "FileOrCreate") await writeFile(place, "", { flag: "a" });
    else throw new MountError(`hostPath ${place} does not exist`);
  } else if ((type.startsWith("Directory") && !found.isDirectory()) || (type.startsWith("File") && !found.isFile()))
    throw new MountError(`hostPath type check failed: ${place} is not a ${type}`);
  return place;
};

/** Whether a change of a ConfigMap or Secret concerns the pod's volumes. */
export const usesSource = (pod: Pod, kind: string, name: string): boolean =>
  (pod.spec.volumes ?? []).some((volume) =>
    [volume, ...(volume.projected?.sources ?? [])].some(({ configMap, secret }) =>
      kind === "ConfigMap"
        ? configMap?.name === name
        : kind === "Secret" && (secret?.secretName ?? secret?.name) === name,
    ),
  );
