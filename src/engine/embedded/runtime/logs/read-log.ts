import { once } from "node:events";
import { type FileHandle, open } from "node:fs/promises";
import type { PodLogOptions } from "../../api/kubelet.ts";
import { type LogFile, logSegments } from "./log-file.ts";

export type LogQuery = Omit<PodLogOptions, "container" | "previous">;

export interface ReadLogOptions {
  readonly file: string;
  /** The log that is being written; undefined when it is complete. */
  readonly live: LogFile | undefined;
  readonly query: LogQuery;
  readonly nowMs: number;
  readonly signal: AbortSignal;
}

const CHUNK = 64 * 1024;

/** What `kubectl logs` prints of a log: selected lines, without the marks of the format. */
export async function* readLog({ file, live, query, nowMs, signal }: ReadLogOptions): AsyncGenerator<Buffer> {
  const select = createSelector(query, nowMs);
  for await (const lines of rawLines(file, query.follow ? live : undefined, query.tailLines, signal)) {
    const { output, full } = select(lines);
    if (output.length > 0) yield output;
    if (full) return;
  }
}

const createSelector = (
  { timestamps, sinceSeconds, sinceTime, limitBytes }: LogQuery,
  nowMs: number,
): ((lines: readonly Buffer[]) => { output: Buffer; full: boolean }) => {
  const sinceMs =
    sinceTime === undefined
      ? sinceSeconds === undefined
        ? undefined
        : nowMs - sinceSeconds * 1000
      : Date.parse(sinceTime);
  let left = limitBytes ?? Number.POSITIVE_INFINITY;
  let inLine = false;
  return (lines) => {
    const parts: Buffer[] = [];
    for (const line of lines) {
      const time = line.subarray(0, line.indexOf(32)).toString("latin1");
      if (sinceMs !== undefined && Date.parse(time) < sinceMs) continue;
      const flag = line.indexOf(32, time.length + 1);
      const isFull = line[flag + 1] === 70;
      const text = line.subarray(flag + 3);
      const part = Buffer.concat([
        timestamps && !inLine ? Buffer.from(`${time} `) : Buffer.alloc(0),
        text,
        isFull ? Buffer.from("\n") : Buffer.alloc(0),
      ]);
      inLine = !isFull;
      parts.push(part.subarray(0, left));
      left -= part.length;
      if (left <= 0) return { output: Buffer.concat(parts), full: true };
    }
    return { output: Buffer.concat(parts), full: false };
  };
};

/** The written lines in groups, over all files of the log and, with a live one, as they come. */
async function* rawLines(
  file: string,
  live: LogFile | undefined,
  tail: number | undefined,
  signal: AbortSignal,
): AsyncGenerator<Buffer[]> {
  // Open files keep their contents when they are renamed under us.
  const handles = await openAll(await logSegments(file));
  let current: FileHandle | undefined;
  try {
    const start = tail === undefined ? { segment: 0, offset: 0 } : await tailStart(handles, tail);
    let rest: Buffer = Buffer.alloc(0);
    let position = start.offset;
    for (const [at, handle] of handles.entries()) {
      if (at < start.segment) continue;
      position = at === start.segment ? start.offset : 0;
      for (;;) {
        const { lines, rest: after, read } = await readSome(handle, position, rest);
        if (read === 0) break;
        position += read;
        rest = after;
        if (lines.length > 0) yield lines;
      }
    }
    if (live === undefined) return;
    current = handles.pop() ?? (await openAll([file]))[0];
    let rotated = false;
    const onRotated = (): void => void (rotated = true);
    live.changes.on("rotated", onRotated);
    try {
      while (current !== undefined && !signal.aborted) {
        const ended = live.isClosed();
        const woken = once(live.changes, "grown", { signal }).catch(() => undefined);
        const closed = once(live.changes, "closed", { signal }).catch(() => undefined);
        const wasRotated = rotated;
        const { lines, rest: after, read } = await readSome(current, position, rest);
        position += read;
        rest = after;
        if (lines.length > 0) yield lines;
        if (read > 0) continue;
        if (wasRotated) {
          rotated = false;
          await current.close();
          [current] = await openAll([file]);
          position = 0;
        } else if (ended) return;
        else await Promise.race([woken, closed]);
      }
    } finally {
      live.changes.off("rotated", onRotated);
    }
  } finally {
    for (const handle of [...handles, current]) await handle?.close().catch(() => undefined);
  }
}

const openAll = async (files: readonly string[]): Promise<FileHandle[]> => {
  const opened = await Promise.all(files.map((file) => open(file, "r").catch(() => undefined)));
  return opened.filter((handle) => handle !== undefined);
};

const readSome = async (
  handle: FileHandle,
  position: number,
  rest: Buffer,
): Promise<{ lines: Buffer[]; rest: Buffer; read: number }> => {
  const buffer = Buffer.alloc(CHUNK);
  const { bytesRead } = await handle.read(buffer, 0, CHUNK, position);
  const data = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
  const lines: Buffer[] = [];
  let from = 0;
  for (let end = data.indexOf(10); end !== -1; end = data.indexOf(10, from)) {
    lines.push(data.subarray(from, end));
    from = end + 1;
  }
  return { lines, rest: data.subarray(from), read: bytesRead };
};

/** Where the last lines begin, found from the end. */
const tailStart = async (
  handles: readonly FileHandle[],
  tail: number,
): Promise<{ segment: number; offset: number }> => {
  // The end of the last line is a newline, too.
  let wanted = tail + 1;
  for (let segment = handles.length - 1; segment >= 0; segment--) {
    const handle = handles[segment];
    if (handle === undefined) continue;
    let end = (await handle.stat()).size;
    while (end > 0) {
      const from = Math.max(0, end - CHUNK);
      const buffer = Buffer.alloc(end - from);
      await handle.read(buffer, 0, buffer.length, from);
      for (let at = buffer.length - 1; at >= 0; at--) {
        if (buffer[at] === 10 && --wanted === 0) return { segment, offset: from + at + 1 };
      }
      end = from;
    }
  }
  return { segment: 0, offset: 0 };
};
