import { type FileHandle, mkdir, open, readFile, readdir, rename, rm } from "node:fs/promises";

/** What the store asks of a file system. Tests put one in between that cuts off, fills up and fails. */
export interface Files {
  mkdir(dir: string): Promise<void>;
  list(dir: string): Promise<string[]>;
  read(file: string): Promise<Buffer>;
  /** Opens for appending at `position`, everything behind it is cut off; makes the file where there is none. */
  append(file: string, position: number): Promise<AppendFile>;
  rename(from: string, to: string): Promise<void>;
  remove(file: string): Promise<void>;
  /** Makes the names in a folder durable. */
  syncDir(dir: string): Promise<void>;
}

export interface AppendFile {
  write(buffers: readonly Buffer[]): Promise<void>;
  /** Returns when what was written is on the disk. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export const diskFiles: Files = {
  mkdir: async (dir) => void (await mkdir(dir, { recursive: true, mode: 0o700 })),
  list: (dir) => readdir(dir),
  read: (file) => readFile(file),
  append: async (file, position) => {
    const handle = await open(file, "a+", 0o600);
    await handle.truncate(position);
    return {
      write: (buffers) => writeAll(handle, buffers),
      sync: () => handle.datasync(),
      close: () => handle.close(),
    };
  },
  rename,
  remove: (file) => rm(file, { force: true }),
  syncDir: async (dir) => {
    const handle = await open(dir, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
};

/** One call takes at most 1,024 buffers, and may write less than it was given. */
const writeAll = async (handle: FileHandle, buffers: readonly Buffer[]): Promise<void> => {
  let next = 0;
  let rest: Buffer | undefined;
  while (next < buffers.length || rest !== undefined) {
    const batch = [...(rest === undefined ? [] : [rest]), ...buffers.slice(next, next + 1023)];
    next = Math.min(next + 1023, buffers.length);
    let { bytesWritten } = await handle.writev(batch);
    const cut = batch.findIndex((buffer) => {
      if (bytesWritten < buffer.length) return true;
      bytesWritten -= buffer.length;
      return false;
    });
    rest =
      cut < 0 ? undefined : Buffer.concat([(batch[cut] as Buffer).subarray(bytesWritten), ...batch.slice(cut + 1)]);
  }
};
