import { type StatusError, badRequest } from "../api/status.ts";

/** How a field's bytes are laid out. Groups (3, 4) are skipped where they are not known. */
export const WIRE = { varint: 0, fixed64: 1, bytes: 2, startGroup: 3, endGroup: 4, fixed32: 5 } as const;

export interface Tag {
  readonly field: number;
  readonly wire: number;
}

export const malformed = (why: string): StatusError => badRequest(`proto: ${why}`);

const truncated = (): StatusError => badRequest("unexpected EOF");

/** Reads the wire format of protobuf between two offsets. Never looks behind its end; refusals are StatusError. */
export class WireReader {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at: number;
  /** Halves of the last varint, each of 32 bits. */
  #low = 0;
  #high = 0;

  constructor(bytes: Buffer, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  get done(): boolean {
    return this.#at >= this.#end;
  }

  tag(): Tag {
    this.#varint();
    const tag = this.#low >>> 0;
    const field = tag >>> 3;
    if (field === 0 || this.#high !== 0) throw malformed(`illegal tag ${field} (wire type ${tag & 7})`);
    return { field, wire: tag & 7 };
  }

  int32(): number {
    this.#varint();
    return this.#low | 0;
  }

  /** Integers that JavaScript's numbers cannot tell from their neighbours are refused. */
  int64(): number {
    this.#varint();
    const value = (this.#high | 0) * 4_294_967_296 + (this.#low >>> 0);
    if (!Number.isSafeInteger(value)) throw badRequest(`integers beyond 2^53 are not supported: ${value}`);
    return value;
  }

  bool(): boolean {
    this.#varint();
    return this.#low !== 0 || this.#high !== 0;
  }

  double(): number {
    const at = this.#skipBytes(8);
    return this.#bytes.readDoubleLE(at);
  }

  string(): string {
    const length = this.#length();
    const at = this.#skipBytes(length);
    return this.#bytes.toString("utf8", at, at + length);
  }

  bytes(): Buffer {
    const length = this.#length();
    const at = this.#skipBytes(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** A reader of the message that begins here. */
  message(): WireReader {
    const length = this.#length();
    const at = this.#skipBytes(length);
    return new WireReader(this.#bytes, at, at + length);
  }

  skip(tag: Tag): void {
    for (let depth = 0, { wire } = tag; ; { wire } = this.tag()) {
      if (wire === WIRE.startGroup) depth++;
      else if (wire === WIRE.endGroup) depth--;
      else this.#skipValue(wire);
      if (depth < 0) throw malformed("unexpected end of group");
      if (depth === 0) return;
    }
  }

  #skipValue(wire: number): void {
    if (wire === WIRE.varint) this.#varint();
    else if (wire === WIRE.fixed64) this.#skipBytes(8);
    else if (wire === WIRE.fixed32) this.#skipBytes(4);
    else if (wire === WIRE.bytes) this.#skipBytes(this.#length());
    else throw malformed(`illegal wireType ${wire}`);
  }

  #length(): number {
    this.#varint();
    if (this.#high !== 0 || this.#low < 0) throw malformed("negative length found during unmarshaling");
    return this.#low;
  }

  /** Offset of what was skipped. */
  #skipBytes(count: number): number {
    const at = this.#at;
    if (count > this.#end - at) throw truncated();
    this.#at = at + count;
    return at;
  }

  #varint(): void {
    this.#low = 0;
    this.#high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.#at >= this.#end) throw truncated();
      const byte = this.#bytes[this.#at++] as number;
      const bits = byte & 0x7f;
      if (shift < 28) this.#low |= bits << shift;
      else if (shift === 28) {
        this.#low |= bits << 28;
        this.#high = bits >>> 4;
      } else if (shift < 63) this.#high |= bits << (shift - 32);
      else this.#high |= (bits & 1) << 31;
      if (byte < 0x80) return;
    }
    throw malformed("integer overflow");
  }
}
