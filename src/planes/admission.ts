import { mkdir } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { claimByFile } from "../engine/embedded/network/addresses.ts";
import { poll } from "../lib/poll.ts";

/** What a platform takes that boots: its supervisor, and the command itself. */
const NEEDED_BYTES = 400 * 1024 * 1024;
const WAIT_MS = 30 * 60_000;

/**
 * Waits until this machine has memory and a processor for another platform that boots: of many that begin at once all come up,
 * one after the other. Half of what is free may be given away, and each that boots holds a place. `dir`: for the places.
 */
export const admitted = async (
  dir: string,
  { signal, free = os.freemem }: { readonly signal: AbortSignal; readonly free?: () => number },
): Promise<AsyncDisposable> => {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const giveBack = await poll<() => Promise<void>>(
    async () => {
      const affordable = Math.floor(free() / 2 / NEEDED_BYTES);
      // One is always tried: the machine may do better than it says.
      const places = Math.max(1, Math.min(os.availableParallelism() * 2, affordable));
      for (let place = 0; place < places; place++) {
        const claim = await claimByFile(path.join(dir, `boot-${place}.claim`));
        if (claim !== undefined) return { done: true, value: claim };
      }
      return { done: false, missing: `${places} other platforms are booting` };
    },
    {
      what: "memory for another platform",
      timeoutMs: WAIT_MS,
      intervalMs: 50,
      maxIntervalMs: 500,
      signal,
      code: "E_MEMORY",
    },
  );
  return { [Symbol.asyncDispose]: giveBack };
};
