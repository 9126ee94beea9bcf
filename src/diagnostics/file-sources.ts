import { open, readdir } from "node:fs/promises";
import path from "node:path";
import type { PlatformPlaces } from "../state/places.ts";
import type { Source } from "./part.ts";

const LARGEST_STATE = 64 * 1024;

/** What the platform has written into its folder of the state: the story of its commands and of its supervisor. */
export const stateSources = (places: PlatformPlaces, limit: number): Source[] => [
  file("journal.ndjson", places.journal, limit / 4),
  file("trace.json", places.trace, limit / 4, { whole: true }),
  file("supervisor/supervisor.log", places.supervisor.log, limit / 2 - LARGEST_STATE * 2),
  file("supervisor/settings.json", places.supervisor.settings, LARGEST_STATE),
  file("supervisor/pid.json", places.supervisor.pid, LARGEST_STATE),
];

/** Logs that an embedded cluster has on disk: all there is of them while its API server does not answer. */
export const storedLogSources = async (cluster: string, places: PlatformPlaces, limit: number): Promise<Source[]> => {
  const dir = path.join(places.clusters, cluster, "node", "logs");
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch(() => []);
  const logs = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  const each = Math.floor(limit / Math.max(1, logs.length));
  return logs.map((log) => file(`clusters/${cluster}/stored-logs/${path.relative(dir, log)}`, log, each));
};

/** `whole`: a file that means nothing without its beginning is left out when it is too large. */
const file = (at: string, from: string, limit: number, { whole = false } = {}): Source => ({
  path: at,
  limit,
  read: async (_hide, bytes) => readTail(from, { bytes, whole }),
});

const readTail = async (
  from: string,
  { bytes, whole }: { readonly bytes: number; readonly whole: boolean },
): Promise<string | undefined> => {
  const handle = await open(from).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (handle === undefined) return undefined;
  try {
    const { size } = await handle.stat();
    if (whole && size > bytes) throw new Error(`${from} has ${size} bytes, more than fit`);
    const start = Math.max(0, size - 2 * bytes);
    const buffer = Buffer.alloc(size - start);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, start);
    const text = buffer.subarray(0, bytesRead).toString("utf8");
    // Half a line could be half a secret, which nothing would know as one.
    return start === 0 ? text : text.slice(text.indexOf("\n") + 1);
  } finally {
    await handle.close();
  }
};
