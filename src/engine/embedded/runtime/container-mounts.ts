import { access, mkdir } from "node:fs/promises";
import path from "node:path";
import type { PodContext } from "./pod-context.ts";
import type { Mount } from "./process/mount-script.ts";
import type { Container } from "./types.ts";

/** What of the pod's volumes a container wants to see, and where. */
export const containerMounts = async (context: PodContext, { volumeMounts = [] }: Container): Promise<Mount[]> => {
  const mounts: Mount[] = [];
  for (const { name, mountPath, subPath, readOnly = false } of volumeMounts) {
    const folder = context.volumes().get(name);
    if (folder === undefined) continue;
    const source = subPath === undefined ? folder : path.join(folder, path.posix.resolve("/", subPath));
    // A sub-folder of an empty volume is made on first use.
    await access(source).catch(() => mkdir(source, { recursive: true, mode: 0o777 }));
    mounts.push({ source, target: mountPath, readOnly });
  }
  return mounts;
};
