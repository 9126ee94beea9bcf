import { StatusError, badRequest } from "../api/status.ts";
import { readMessage } from "./decode.ts";
import { messageOf } from "./messages.ts";
import { jsonOf } from "./protobuf-json.ts";
import { definitionOf } from "./schemas.ts";
import { WIRE, WireReader, malformed } from "./wire.ts";

/** What bodies of `application/vnd.kubernetes.protobuf` begin with. */
const PREFIX = Buffer.from("k8s\0");

export interface DecodedObject {
  readonly apiVersion: string;
  readonly kind: string;
  /** With apiVersion and kind: the JSON that Go would write for it. */
  readonly object: Record<string, unknown>;
}

export interface TypeMeta {
  readonly apiVersion: string;
  readonly kind: string;
}

/**
 * Reads a body of `application/vnd.kubernetes.protobuf` with an object of a built-in kind; `assumed` stands in for a kind that
 * the body does not name. What is no such object is refused with a StatusError (400), also integers beyond 2^53.
 */
export const decodeProtobuf = (bytes: Uint8Array, assumed?: TypeMeta): DecodedObject => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length === 0) throw badRequest("empty data");
  if (!buffer.subarray(0, PREFIX.length).equals(PREFIX))
    throw badRequest("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
  if (buffer.length === PREFIX.length) throw badRequest("empty body");
  const envelope = readEnvelope(new WireReader(buffer, PREFIX.length));
  const kind = envelope.kind || assumed?.kind;
  const apiVersion = envelope.apiVersion || assumed?.apiVersion;
  if (kind === undefined) throw badRequest("Object 'Kind' is missing in the protobuf envelope");
  if (apiVersion === undefined) throw badRequest("Object 'apiVersion' is missing in the protobuf envelope");
  return { apiVersion, kind, object: objectOf(apiVersion, kind, envelope.raw) };
};

interface Envelope {
  apiVersion: string;
  kind: string;
  raw: Buffer;
}

/** `runtime.Unknown`: 1 the type, 2 the message; encoding and content type (3, 4) decide nothing. */
const readEnvelope = (reader: WireReader): Envelope => {
  const envelope: Envelope = { apiVersion: "", kind: "", raw: Buffer.alloc(0) };
  while (!reader.done) {
    const tag = reader.tag();
    if (tag.field > 2) reader.skip(tag);
    else if (tag.wire !== WIRE.bytes) throw malformed(`wrong wireType = ${tag.wire} for field ${tag.field}`);
    else if (tag.field === 2) envelope.raw = reader.bytes();
    else readTypeMeta(envelope, reader.message());
  }
  return envelope;
};

const readTypeMeta = (envelope: Envelope, reader: WireReader): void => {
  while (!reader.done) {
    const tag = reader.tag();
    if (tag.field > 2) reader.skip(tag);
    else if (tag.wire !== WIRE.bytes) throw malformed(`wrong wireType = ${tag.wire} for field ${tag.field}`);
    else if (tag.field === 1) envelope.apiVersion = reader.string();
    else envelope.kind = reader.string();
  }
};

const objectOf = (apiVersion: string, kind: string, raw: Buffer): Record<string, unknown> => {
  const slash = apiVersion.indexOf("/");
  const version = apiVersion.slice(slash + 1);
  const definition = definitionOf(apiVersion.slice(0, Math.max(slash, 0)), version, kind);
  if (definition === undefined) throw badRequest(`no kind "${kind}" is registered for version "${apiVersion}"`);
  try {
    const values = readMessage(definition, new WireReader(raw));
    return { kind, apiVersion, ...jsonOf(messageOf(definition), values) };
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    throw badRequest(`${kind} in version "${version}" cannot be handled as a ${kind}: ${error.message}`);
  }
};
