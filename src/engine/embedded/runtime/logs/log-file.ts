import { EventEmitter } from "node:events";
import { type FileHandle, mkdir, open, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import type { Readable } from "node:stream";
import { deferred } from "../../../../lib/deferred.ts";

/** Size at which a log file is set aside, bytes, and how many of them are kept with the one that is written. */
export const MAX_BYTES = 10 * 1024 * 1024;
const FILES = 3;
/** Longer lines are written in parts. */
const MAX_LINE = 16 * 1024;

export interface LogFile {
  readonly path: string;
  /** Takes the output of a program until it ends. */
  attach(stream: "stdout" | "stderr", source: Readable): void;
  /** Resolves when all attached outputs have ended and everything is written. */
  readonly closed: Promise<void>;
  readonly isClosed: () => boolean;
  /** `grown` after each write, `rotated` when files were renamed, `closed` at the end. */
  readonly changes: EventEmitter;
  /** Ends the log now: what still holds the pipes open is not waited for. */
  close(): Promise<void>;
}

/** Writes one run of a container in kubelet's format: `time stream F|P text`. */
export const createLogFile = async (file: string, now: () => number, maxBytes = MAX_BYTES): Promise<LogFile> => {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const changes = new EventEmitter().setMaxListeners(0);
  let handle: FileHandle = await open(file, "a", 0o600);
  let { size } = await handle.stat();
  let pending: Buffer[] = [];
  let writing: Promise<void> = Promise.resolve();
  let busy = false;
  let closed = false;
  const sources = new Set<Readable>();
  const rests = new Map<string, Buffer>();
  const rotate = async (): Promise<void> => {
    await handle.close();
    for (let at = FILES - 1; at > 0; at--)
      await rename(at === 1 ? file : `${file}.${at - 1}`, `${file}.${at}`).catch(() => undefined);
    handle = await open(file, "a", 0o600);
    size = 0;
    changes.emit("rotated");
  };
  const drain = async (): Promise<void> => {
    while (pending.length > 0) {
      const chunk = Buffer.concat(pending);
      pending = [];
      if (size > 0 && size + chunk.length > maxBytes) await rotate();
      // A full disk loses lines, not the container.
      await handle.appendFile(chunk).catch(() => undefined);
      size += chunk.length;
      changes.emit("grown");
      for (const source of sources) source.resume();
    }
    busy = false;
  };
  const push = (lines: Buffer): void => {
    pending.push(lines);
    if (busy) return;
    busy = true;
    writing = drain();
  };
  const finish = deferred();
  const close = async (): Promise<void> => {
    if (closed) return finish.promise;
    closed = true;
    for (const source of sources) source.destroy();
    for (const [stream, rest] of rests) if (rest.length > 0) push(format(stream, [rest], now(), "P"));
    await writing;
    await handle.close().catch(() => undefined);
    changes.emit("closed");
    finish.resolve();
  };
  return {
    path: file,
    changes,
    closed: finish.promise,
    isClosed: () => closed,
    close,
    attach: (stream, source) => {
      sources.add(source);
      source.on("data", (chunk: Buffer) => {
        const { full, rest } = splitLines(Buffer.concat([rests.get(stream) ?? Buffer.alloc(0), chunk]));
        rests.set(stream, rest);
        if (full.length > 0) push(Buffer.concat(full.map(({ text, tag }) => format(stream, [text], now(), tag))));
        if (pending.length > 64) source.pause();
      });
      source.on("error", () => undefined);
      source.once("close", () => {
        sources.delete(source);
        if (sources.size === 0) void close();
      });
    },
  };
};

const splitLines = (data: Buffer): { full: { text: Buffer; tag: "F" | "P" }[]; rest: Buffer } => {
  const full: { text: Buffer; tag: "F" | "P" }[] = [];
  let from = 0;
  for (;;) {
    const end = data.indexOf(10, from);
    const until = end === -1 ? data.length : end;
    while (until - from > MAX_LINE) {
      full.push({ text: data.subarray(from, from + MAX_LINE), tag: "P" });
      from += MAX_LINE;
    }
    if (end === -1) return { full, rest: Buffer.from(data.subarray(from)) };
    full.push({ text: data.subarray(from, end), tag: "F" });
    from = end + 1;
  }
};

const format = (stream: string, texts: readonly Buffer[], ms: number, tag: "F" | "P"): Buffer =>
  Buffer.concat(texts.flatMap((text) => [Buffer.from(`${logTime(ms)} ${stream} ${tag} `), text, Buffer.from("\n")]));

/** With nine digits, as container runtimes write it. */
const logTime = (ms: number): string => `${new Date(ms).toISOString().slice(0, -1)}000000Z`;

/** The files of a log that there are, oldest first. */
export const logSegments = async (file: string): Promise<string[]> => {
  const names = Array.from({ length: FILES }, (_, at) => (at === FILES - 1 ? file : `${file}.${FILES - 1 - at}`));
  const found = await Promise.all(
    names.map((name) =>
      stat(name).then(
        () => true,
        () => false,
      ),
    ),
  );
  return names.filter((_, at) => found[at]);
};

export const removeLog = async (file: string): Promise<void> => {
  for (const segment of await logSegments(file)) await rm(segment, { force: true });
};
