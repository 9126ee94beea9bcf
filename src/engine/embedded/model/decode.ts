import { badRequest } from "../api/status.ts";
import { type Field, type Message, messageOf } from "./messages.ts";
import { type Tag, WIRE, type WireReader, malformed } from "./wire.ts";

/** Messages within messages, and JSON within them: no object comes near it, though a schema within a schema counts twice. */
export const MAX_DEPTH = 400;
/** Messages of one body. Empty ones take two bytes each, but hundreds in memory. */
const MAX_MESSAGES = 250_000;

/** What was read of a message: values by the position of their field, undefined where nothing was. */
export type Values = unknown[];

/** What has been read of one body so far. */
interface Budget {
  messages: number;
}

/** Reads a message, leaving out what it does not know, as protobuf has it. */
export const readMessage = (name: string, reader: WireReader): Values => {
  const values: Values = [];
  readInto(values, messageOf(name), reader, { messages: 0 }, 0);
  return values;
};

const readInto = (values: Values, message: Message, reader: WireReader, budget: Budget, depth: number): void => {
  if (depth > MAX_DEPTH) throw badRequest("the object is nested too deeply");
  if (++budget.messages > MAX_MESSAGES) throw badRequest("the object has too many parts");
  while (!reader.done) {
    const tag = reader.tag();
    const position = message.positions.get(tag.field);
    const field = position === undefined ? undefined : message.fields[position];
    if (position === undefined || field === undefined) {
      if (tag.wire === WIRE.endGroup) throw malformed("wiretype end group for non-group");
      reader.skip(tag);
    } else if (field.map) {
      checkWire(field, tag, WIRE.bytes);
      readEntry((values[position] ??= new Map()) as Map<string, unknown>, field, reader.message(), budget, depth);
    } else if (field.repeated) readElements((values[position] ??= []) as unknown[], field, tag, reader, budget, depth);
    else values[position] = readValue(field, tag, reader, values[position], budget, depth);
  }
};

/** A message that comes in several parts is merged, of anything else the last one counts. */
const readValue = (
  field: Field,
  tag: Tag,
  reader: WireReader,
  before: unknown,
  budget: Budget,
  depth: number,
): unknown => {
  checkWire(field, tag, wireOf(field));
  if (field.scalar !== undefined) return readScalar(field, reader);
  const values = (before ?? []) as Values;
  readInto(values, messageOf(field.message), reader.message(), budget, depth + 1);
  return values;
};

const readElements = (
  elements: unknown[],
  field: Field,
  tag: Tag,
  reader: WireReader,
  budget: Budget,
  depth: number,
): void => {
  const packed = tag.wire === WIRE.bytes && wireOf(field) !== WIRE.bytes;
  if (!packed) {
    elements.push(readValue(field, tag, reader, undefined, budget, depth));
    return;
  }
  for (const inner = reader.message(); !inner.done;) elements.push(readScalar(field, inner));
};

const readEntry = (
  map: Map<string, unknown>,
  field: Field,
  reader: WireReader,
  budget: Budget,
  depth: number,
): void => {
  let key = "";
  let value: unknown;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag.field === 1) {
      if (tag.wire !== WIRE.bytes) throw malformed(`wrong wireType = ${tag.wire} for field ${field.name}`);
      key = reader.string();
    } else if (tag.field === 2) value = readValue(field, tag, reader, undefined, budget, depth);
    else reader.skip(tag);
  }
  map.set(key, value);
};

const wireOf = ({ scalar }: Field): number => {
  if (scalar === undefined || scalar === "string" || scalar === "bytes") return WIRE.bytes;
  return scalar === "double" ? WIRE.fixed64 : WIRE.varint;
};

const checkWire = (field: Field, tag: Tag, expected: number): void => {
  if (tag.wire !== expected) throw malformed(`wrong wireType = ${tag.wire} for field ${field.name}`);
};

const readScalar = (field: Field, reader: WireReader): unknown => {
  switch (field.scalar) {
    case "string":
      return reader.string();
    case "bytes":
      return reader.bytes();
    case "bool":
      return reader.bool();
    case "int32":
      return reader.int32();
    case "int64":
      return reader.int64();
    case "double":
      return reader.double();
    case undefined:
      throw new Error(`${field.name} is a message`);
  }
};
