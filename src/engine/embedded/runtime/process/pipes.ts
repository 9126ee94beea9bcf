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
  readonly reader: Readable;
  /** Descriptor of the end that a program gets. */
  readonly writer: number;
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
      const writer = await openFile(place, "w");
      await rm(place, { force: true });
      // The socket owns the descriptor from here on.
      return { reader: new net.Socket({ fd: reading, readable: true, writable: false }), writer };
    },
  };
};

/** For a program that did not start. */
export const closePipe = async ({ reader, writer }: Pipe): Promise<void> => {
  reader.destroy();
  await closeFile(writer);
};

/** The program has it now. */
export const closeWriter = ({ writer }: Pipe): Promise<void> => closeFile(writer);
