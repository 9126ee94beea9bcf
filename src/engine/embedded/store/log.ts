import path from "node:path";
import { ChoreoError, messageOf } from "../../../lib/errors.ts";
import type { AppendFile, Files } from "./files.ts";
import { type LogRecord, decodeRecords, encodeRecord } from "./record.ts";

/**
 * - `sync`: a write is acknowledged when it is on the disk.
 * - `async`: when it was handed to the operating system; a crash of the machine loses the last moments.
 */
export type Durability = "sync" | "async";

export interface LogOptions {
  readonly files: Files;
  readonly dir: string;
  readonly durability: Durability;
  /** A segment that grew beyond this is replaced by a snapshot. */
  readonly segmentBytes: number;
}

/** What a log held when it was opened. */
export interface Recovered {
  readonly revision: number;
  /** The last value of every key that is there. */
  readonly values: ReadonlyMap<string, LogRecord>;
  /** A write that was cut off by a crash, never acknowledged: what was dropped, and where it was kept. */
  readonly dropped: string | undefined;
}

export interface Log {
  /** Resolves when the records are durable. A failure is final: every later append fails with the same error. */
  append(records: readonly LogRecord[]): Promise<void>;
  /** Whether it is time for {@link compact}. */
  isLong(): boolean;
  /** Begins a new segment behind a snapshot of these records and drops the old ones. Nothing is appended meanwhile. */
  compact(revision: number, records: Iterable<LogRecord>): Promise<void>;
  close(): Promise<void>;
}

/** Records per write of a snapshot: few calls, and requests are answered in between. */
const SNAPSHOT_BATCH = 512;

/** What every file of a log begins with. */
export const HEADER = Buffer.from("choreo-dev log 1\n");
const segmentName = (revision: number): string => `${String(revision).padStart(16, "0")}.log`;
const snapshotName = (revision: number): string => `${String(revision).padStart(16, "0")}.snapshot`;
const revisionIn = (name: string): number => Number(name.slice(0, 16));

/**
 * Opens a folder with an append-only log: a snapshot, and segments with what came after it. A record that a crash cut off
 * is dropped from the end of the last segment; damage anywhere else is `E_STATE`, and nothing is changed then.
 */
export const openLog = async (options: LogOptions): Promise<{ readonly log: Log; readonly recovered: Recovered }> => {
  const { files, dir } = options;
  await files.mkdir(dir);
  const names = await files.list(dir);
  for (const name of names) if (name.endsWith(".tmp")) await files.remove(path.join(dir, name));
  const snapshots = names.filter((name) => name.endsWith(".snapshot")).sort();
  const snapshot = snapshots.at(-1);
  const values = new Map<string, LogRecord>();
  let revision = snapshot === undefined ? 0 : revisionIn(snapshot);
  if (snapshot !== undefined) await readSnapshot(options, snapshot, values);
  const segments = names.filter((name) => name.endsWith(".log") && revisionIn(name) >= revision).sort();
  let end = 0;
  let dropped: string | undefined;
  for (const name of segments) {
    const read = await readSegment(options, name, name === segments.at(-1));
    for (const record of read.records) {
      revision = record.revision;
      if (record.value === undefined) values.delete(record.key);
      else values.set(record.key, record);
    }
    end = read.goodBytes;
    dropped = read.dropped;
  }
  for (const name of names) {
    const isOld =
      (name.endsWith(".snapshot") && name !== snapshot) || (name.endsWith(".log") && !segments.includes(name));
    if (isOld) await files.remove(path.join(dir, name));
  }
  const last = segments.at(-1) ?? segmentName(revision);
  const file = await startSegment(options, last, end);
  return { log: createLog(options, { file, size: end, name: last }), recovered: { revision, values, dropped } };
};

const readSnapshot = async (
  { files, dir }: LogOptions,
  name: string,
  values: Map<string, LogRecord>,
): Promise<void> => {
  const data = await files.read(path.join(dir, name));
  const { records, damage } = data.subarray(0, HEADER.length).equals(HEADER)
    ? decodeRecords(data, HEADER.length)
    : { records: [], damage: "it has no header" };
  // The last record counts the others: a snapshot that ends early looks whole otherwise.
  const count = records.at(-1);
  if (damage !== undefined || count?.key !== "" || Number(count.value) !== records.length - 1)
    throw damaged(dir, name, damage ?? "it is not complete");
  for (const record of records.slice(0, -1)) values.set(record.key, record);
};

const readSegment = async (
  { files, dir }: LogOptions,
  name: string,
  isLast: boolean,
): Promise<{ records: readonly LogRecord[]; goodBytes: number; dropped: string | undefined }> => {
  const data = await files.read(path.join(dir, name));
  // A crash may come between the making of a segment and its header.
  if (isLast && data.length < HEADER.length && HEADER.subarray(0, data.length).equals(data))
    return { records: [], goodBytes: 0, dropped: undefined };
  if (!data.subarray(0, HEADER.length).equals(HEADER)) throw damaged(dir, name, "it has no header");
  const { records, goodBytes, damage } = decodeRecords(data, HEADER.length);
  if (damage === undefined) return { records, goodBytes, dropped: undefined };
  if (!isLast) throw damaged(dir, name, damage);
  const kept = path.join(dir, `${name}.dropped`);
  const file = await files.append(kept, 0);
  await file.write([data.subarray(goodBytes)]);
  await file.close();
  return { records, goodBytes, dropped: `${damage}; ${data.length - goodBytes} bytes were kept in ${kept}` };
};

const startSegment = async (options: LogOptions, name: string, end: number): Promise<AppendFile> => {
  const { files, dir, durability } = options;
  const file = await files.append(path.join(dir, name), end);
  if (end > 0) return file;
  await file.write([HEADER]);
  if (durability === "sync") {
    await file.sync();
    await files.syncDir(dir);
  }
  return file;
};

interface Segment {
  readonly file: AppendFile;
  readonly name: string;
  size: number;
}

const createLog = (options: LogOptions, first: Segment): Log => {
  const { files, dir, durability, segmentBytes } = options;
  let segment = first;
  let poison: ChoreoError | undefined;
  /** After a failed write or sync nobody knows what is on the disk: trying again would acknowledge what is not there. */
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    if (poison !== undefined) throw poison;
    try {
      return await work();
    } catch (error) {
      poison = new ChoreoError("E_STATE", `The state in ${dir} takes no more writes`, {
        why: messageOf(error),
        fix: "make room on that disk, then choreo-dev stop and choreo-dev start",
        cause: error,
      });
      throw poison;
    }
  };
  return {
    append: (records) =>
      guarded(async () => {
        const buffers = records.map(encodeRecord);
        await segment.file.write(buffers);
        if (durability === "sync") await segment.file.sync();
        segment.size += buffers.reduce((sum, { length }) => sum + length, 0);
      }),
    isLong: () => segment.size > segmentBytes,
    compact: (revision, records) =>
      guarded(async () => {
        await writeSnapshot(options, revision, records);
        const old = segment;
        const name = segmentName(revision);
        segment = { file: await startSegment(options, name, 0), name, size: 0 };
        await old.file.close();
        for (const entry of await files.list(dir)) {
          const isOld = /\.(log|snapshot)$/.test(entry) && revisionIn(entry) < revision;
          if (isOld) await files.remove(path.join(dir, entry));
        }
      }),
    close: () => segment.file.close(),
  };
};

const writeSnapshot = async (
  { files, dir }: LogOptions,
  revision: number,
  records: Iterable<LogRecord>,
): Promise<void> => {
  const target = path.join(dir, snapshotName(revision));
  const file = await files.append(`${target}.tmp`, 0);
  try {
    await file.write([HEADER]);
    let count = 0;
    let batch: Buffer[] = [];
    for (const record of records) {
      count++;
      batch.push(encodeRecord(record));
      if (batch.length < SNAPSHOT_BATCH) continue;
      await file.write(batch);
      batch = [];
    }
    await file.write([...batch, encodeRecord({ revision, key: "", value: String(count) })]);
    await file.sync();
  } finally {
    await file.close();
  }
  await files.rename(`${target}.tmp`, target);
  await files.syncDir(dir);
};

const damaged = (dir: string, name: string, damage: string): ChoreoError =>
  new ChoreoError("E_STATE", `The state in ${dir} is damaged`, {
    why: `${name}: ${damage}`,
    fix: "choreo-dev down, then choreo-dev up; copy the folder first if you need what is in it",
  });
