import path from "node:path";
import type { AppendFile, Files } from "../../src/engine/embedded/store/files.ts";

export interface MemoryFiles extends Files {
  /** What a machine that loses its power keeps: the bytes that were synced. */
  readonly durable: Map<string, Buffer>;
  readonly written: Map<string, Buffer>;
  /** Throws in place of an operation: a full disk, a sync that fails. */
  fault: (operation: "write" | "sync", file: string) => Error | undefined;
}

/** A file system in memory that tells what is written from what is durable. */
export const memoryFiles = (initial: ReadonlyMap<string, Buffer> = new Map()): MemoryFiles => {
  const written = new Map(initial);
  const durable = new Map(initial);
  const files: MemoryFiles = {
    durable,
    written,
    fault: () => undefined,
    mkdir: async () => undefined,
    list: async (dir) =>
      [...written.keys()].filter((file) => path.dirname(file) === dir).map((file) => path.basename(file)),
    read: async (file) => {
      const data = written.get(file);
      if (data === undefined) throw new Error(`there is no ${file}`);
      return data;
    },
    append: async (file, position) => {
      written.set(file, (written.get(file) ?? Buffer.alloc(0)).subarray(0, position));
      return appendTo(file);
    },
    rename: async (from, to) => {
      for (const side of [written, durable]) {
        const data = side.get(from);
        if (data !== undefined) side.set(to, data);
        side.delete(from);
      }
    },
    remove: async (file) => {
      written.delete(file);
      durable.delete(file);
    },
    syncDir: async () => undefined,
  };
  const appendTo = (file: string): AppendFile => ({
    write: async (buffers) => {
      const error = files.fault("write", file);
      if (error !== undefined) throw error;
      written.set(file, Buffer.concat([written.get(file) ?? Buffer.alloc(0), ...buffers]));
    },
    sync: async () => {
      const error = files.fault("sync", file);
      if (error !== undefined) throw error;
      durable.set(file, written.get(file) ?? Buffer.alloc(0));
    },
    close: async () => undefined,
  });
  return files;
};
