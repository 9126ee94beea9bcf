import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { close, constants, open } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import net from "node:net";
import path from "node:path";
import type { Readable } from "node:stream";
import { promisify } from "node:util";

const run = promisify(execFile);
// Plain descriptors: a FileHandle closes its own when it is collected, also when a socket has taken it over.
const openFile = promisify(open);
const closeFile = promisify(close);

export interface Pipe {
  /** Its name, for whoever opens the end that a program gets. */
  readonly place: string;
  /** What the program writes; to be called when it has its end. Takes the name away. */
  read(): Promise<Readable>;
  /** For a program that did not start. */
  discard(): Promise<void>;
}

/** Makes pipes for the output of programs. */
export interface PipeMaker {
  /** Undefined where there are no named pipes. */
  open(): Promise<Pipe | undefined>;
}

/** Node cannot make named pipes and a process for each pair would be the dearest part of a start: they are made in bulk. */
const AT_ONCE = 32;

/**
 * Named pipes in a folder, which lose their names as soon as both ends are open. Unlike the sockets that Node makes for a
 * child, a program may open them again as `/dev/stdout` and `/dev/stderr`.
 */
export const openPipeMaker = async (dir: string): Promise<PipeMaker> => {
  // What an earlier life has left.
  await rm(dir, { recursive: true, force: true });
  await mkdir(dir, { recursive: true, mode: 0o700 });
  let made: string[] = [];
  let making: Promise<void> | undefined;
  let possible = process.platform !== "win32";
  const make = async (): Promise<void> => {
    const places = Array.from({ length: AT_ONCE }, () => path.join(dir, randomUUID()));
    try {
      await run("mkfifo", ["-m", "600", ...places]);
      made = [...made, ...places];
    } catch {
      possible = false;
    }
  };
  const take = async (): Promise<string | undefined> => {
    for (;;) {
      const place = made.pop();
      if (place !== undefined || !possible) return place;
      making ??= make().finally(() => (making = undefined));
      await making;
    }
  };
  return {
    open: async () => {
      const place = await take();
      if (place === undefined) return undefined;
      const reading = await openFile(place, constants.O_RDONLY | constants.O_NONBLOCK);
      const unname = (): Promise<void> => rm(place, { force: true });
      return {
        place,
        read: async () => {
          await unname();
          // The socket owns the descriptor from here on. Before there is a writer, it would read an end.
          return new net.Socket({ fd: reading, readable: true, writable: false });
        },
        discard: async () => {
          await unname();
          await closeFile(reading);
        },
      };
    },
  };
};
