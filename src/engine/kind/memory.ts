import { rm } from "node:fs/promises";
import path from "node:path";
import { readIfExists, readJsonIfExists, writeFileAtomic } from "../../lib/fs.ts";
import type { Marker } from "./marker.ts";

/** What was learned of a node that is complete. A container's id is never given twice, so it cannot be another node's. */
interface Memory {
  readonly id: string;
  readonly marker: Marker;
}

const fileOf = (folder: string, cluster: string): string => path.join(folder, `${cluster}.node.json`);

/** The marker that the node with this container id had when it was read last; undefined for another node. */
export const recallMarker = async (folder: string, cluster: string, id: string): Promise<Marker | undefined> => {
  const memory = await readJsonIfExists<Partial<Memory>>(fileOf(folder, cluster));
  return memory?.id === id ? memory.marker : undefined;
};

export const rememberMarker = (folder: string, cluster: string, memory: Memory): Promise<void> =>
  writeFileAtomic(fileOf(folder, cluster), JSON.stringify(memory), 0o600);

/** The private kubeconfig written for a node; undefined when it leads elsewhere. */
export const recallKubeconfig = async (file: string, server: string): Promise<string | undefined> => {
  const text = await readIfExists(file);
  return text?.includes(`server: ${server}\n`) === true ? text : undefined;
};

export const forgetNode = (folder: string, cluster: string): Promise<void> =>
  rm(fileOf(folder, cluster), { force: true });
