import type { KubeClient } from "../k8s/client.ts";
import type { Addon } from "./catalog.ts";
import { removeDnsRewrites } from "./coredns.ts";
import { pruneObjects, readRecord, removeRecord } from "./inventory.ts";

/**
 * Takes out what an addon made, except definitions and namespaces, in which other people's data is; its record goes last,
 * so that a removal that was cut off is continued. Returns what was done, in words.
 */
export const removeAddon = async (
  client: KubeClient,
  { name, dnsRewrites }: Pick<Addon, "name" | "dnsRewrites">,
  signal: AbortSignal,
): Promise<string> => {
  const record = await readRecord(client, name, signal);
  if (dnsRewrites.length > 0) await removeDnsRewrites(client, signal);
  const removed = await pruneObjects(client, record?.objects ?? [], [], signal);
  await removeRecord(client, name, signal);
  return `${removed.length} objects`;
};
