import * as zlib from "node:zlib";

/** One change as it stands in the log: a put has a value, a delete has none. */
export interface LogRecord {
  readonly revision: number;
  readonly key: string;
  /** JSON text. */
  readonly value: string | undefined;
}

/** Length and checksum in front of every record. */
const FRAME_BYTES = 8;
/** Revision, kind of the change, length of the key. */
const HEAD_BYTES = 8 + 1 + 4;
const PUT = 1;
const DELETE = 2;
/** Larger than any object the API takes: a greater length is damage, not a record. */
const LARGEST = 64 * 1024 * 1024;

export const encodeRecord = ({ revision, key, value }: LogRecord): Buffer => {
  const keyBytes = Buffer.byteLength(key);
  const size = HEAD_BYTES + keyBytes + (value === undefined ? 0 : Buffer.byteLength(value));
  const buffer = Buffer.allocUnsafe(FRAME_BYTES + size);
  buffer.writeDoubleBE(revision, FRAME_BYTES);
  buffer.writeUInt8(value === undefined ? DELETE : PUT, FRAME_BYTES + 8);
  buffer.writeUInt32BE(keyBytes, FRAME_BYTES + 9);
  buffer.write(key, FRAME_BYTES + HEAD_BYTES);
  if (value !== undefined) buffer.write(value, FRAME_BYTES + HEAD_BYTES + keyBytes);
  buffer.writeUInt32BE(size, 0);
  buffer.writeUInt32BE(crc32(buffer.subarray(FRAME_BYTES)), 4);
  return buffer;
};

export interface Decoded {
  readonly records: readonly LogRecord[];
  /** Bytes up to the end of the last record that is whole. */
  readonly goodBytes: number;
  /** What is wrong behind it; undefined when the text ends with a whole record. */
  readonly damage: string | undefined;
}

/** Reads records until the end, or until the first that is cut off or damaged. */
export const decodeRecords = (data: Buffer, start = 0): Decoded => {
  const records: LogRecord[] = [];
  let at = start;
  while (at < data.length) {
    const damage = damageAt(data, at);
    if (damage !== undefined) return { records, goodBytes: at, damage };
    const size = data.readUInt32BE(at);
    records.push(recordIn(data.subarray(at + FRAME_BYTES, at + FRAME_BYTES + size)));
    at += FRAME_BYTES + size;
  }
  return { records, goodBytes: at, damage: undefined };
};

const damageAt = (data: Buffer, at: number): string | undefined => {
  if (data.length - at < FRAME_BYTES) return `a record is cut off at byte ${at}`;
  const size = data.readUInt32BE(at);
  if (size < HEAD_BYTES || size > LARGEST) return `no record begins at byte ${at}`;
  if (data.length - at - FRAME_BYTES < size) return `a record is cut off at byte ${at}`;
  const body = data.subarray(at + FRAME_BYTES, at + FRAME_BYTES + size);
  if (crc32(body) !== data.readUInt32BE(at + 4)) return `the checksum of the record at byte ${at} is wrong`;
  return HEAD_BYTES + body.readUInt32BE(9) > size ? `the record at byte ${at} contradicts itself` : undefined;
};

const recordIn = (body: Buffer): LogRecord => {
  const keyEnd = HEAD_BYTES + body.readUInt32BE(9);
  const key = body.toString("utf8", HEAD_BYTES, keyEnd);
  const value = body.readUInt8(8) === PUT ? body.toString("utf8", keyEnd) : undefined;
  return { revision: body.readDoubleBE(0), key, value };
};

const TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

const slowCrc32 = (data: Buffer): number => {
  let crc = 0xffffffff;
  for (const byte of data) crc = (crc >>> 8) ^ (TABLE[(crc ^ byte) & 0xff] as number);
  return (crc ^ 0xffffffff) >>> 0;
};

/** Node.js has a fast one from 20.15 and 22.2 on. */
const crc32 = (zlib as { crc32?: (data: Buffer) => number }).crc32 ?? slowCrc32;
