import { type MessageField, modelData } from "./data.ts";

export type Scalar = "string" | "bytes" | "bool" | "int32" | "int64" | "double";

/** A field of a protobuf message with what decides its JSON. */
export interface Field {
  readonly number: number;
  readonly name: string;
  readonly scalar: Scalar | undefined;
  /** Full name, where it is a message. */
  readonly message: string;
  readonly repeated: boolean;
  /** From strings to the type. */
  readonly map: boolean;
  readonly pointer: boolean;
  readonly omitEmpty: boolean;
  readonly omitZero: boolean;
  /** Its own fields stand in the JSON around it. */
  readonly inline: boolean;
}

export interface Message {
  readonly name: string;
  /** In the order of their JSON. */
  readonly fields: readonly Field[];
  /** Position in `fields` by number. */
  readonly positions: ReadonlyMap<number, number>;
}

const SCALARS: Readonly<Record<string, Scalar>> = {
  s: "string",
  x: "bytes",
  b: "bool",
  i: "int32",
  l: "int64",
  d: "double",
};

/** A message by its full name. */
export const messageOf = (name: string): Message => {
  const known = messages.get(name);
  if (known !== undefined) return known;
  const recorded = modelData().message(name);
  if (recorded === undefined) throw new Error(`the model has no message ${name}`);
  const fields = recorded.map((field) => fieldOf(name.slice(0, name.lastIndexOf(".")), field));
  const message = { name, fields, positions: new Map(fields.map(({ number }, position) => [number, position])) };
  messages.set(name, message);
  return message;
};

const messages = new Map<string, Message>();

const fieldOf = (own: string, [number, name, type, flags]: MessageField): Field => ({
  number,
  name,
  scalar: SCALARS[type],
  message: type.startsWith(".") ? own + type : type,
  repeated: flags.includes("r"),
  map: flags.includes("m"),
  pointer: flags.includes("p"),
  omitEmpty: flags.includes("o"),
  omitZero: flags.includes("z"),
  inline: flags.includes("i"),
});
