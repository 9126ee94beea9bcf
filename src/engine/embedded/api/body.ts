import { parseDocument } from "yaml";
import type { AnyObject } from "../../../k8s/types.ts";
import { scanJson } from "../codec/json-scan.ts";
import { decodeProtobuf } from "../model/protobuf.ts";
import type { ApiRequest } from "./request.ts";
import { StatusError, badRequest } from "./status.ts";

/** A body as data, with what strict decoding has against it. */
export interface Decoded {
  readonly value: unknown;
  readonly problems: readonly string[];
}

const DEEPEST = 1000;
/** Characters of a body that an error shows. */
const MOST_EXCERPT = 1024;

export const contentTypeOf = ({ headers }: Pick<ApiRequest, "headers">): string =>
  (headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase() ?? "";

/** Reads the body of a request that brings an object: JSON, YAML, or a built-in kind as protobuf. */
export const decodeBody = async (request: ApiRequest, kind: string): Promise<Decoded> => {
  const type = contentTypeOf(request);
  const bytes = await request.body();
  if (type === "application/vnd.kubernetes.protobuf") {
    const { apiVersion, kind: named, object } = readProtobuf(bytes, kind);
    return { value: { kind: named, apiVersion, ...(object as object) }, problems: [] };
  }
  if (type === "application/yaml") return decodeYaml(bytes.toString("utf8"));
  if (type === "" || type === "application/json") return decodeJson(bytes.toString("utf8"), kind);
  throw unsupportedMediaType(type);
};

const readProtobuf = (bytes: Buffer, kind: string): ReturnType<typeof decodeProtobuf> => {
  try {
    return decodeProtobuf(bytes);
  } catch (error) {
    if (!(error instanceof StatusError) || !error.message.startsWith("proto:")) throw error;
    const hex = bytes.subarray(0, MOST_EXCERPT).toString("hex");
    throw badRequest(`the object provided is unrecognized (must be of type ${kind}): ${error.message} (${hex})`);
  }
};

export const unsupportedMediaType = (type: string): StatusError =>
  new StatusError(
    "UnsupportedMediaType",
    `the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf${type === "" ? "" : ""}`,
  );

/** `kind`: of the object that is expected, for the message. */
export const decodeJson = (text: string, kind: string): Decoded => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw badRequest(
      `the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; json parse error: ${jsonProblem(text, error)} (${excerpt(text)})`,
    );
  }
  const { duplicates, depth, inexact, hasProto } = scanJson(text);
  if (depth > DEEPEST) throw badRequest(`the body is nested deeper than ${DEEPEST} levels`);
  if (hasProto) throw badRequest('the key "__proto__" is not supported by this server');
  if (inexact !== undefined)
    throw badRequest(`the number ${inexact} cannot be kept exactly by this server: it is beyond ±2^53`);
  return { value, problems: duplicates.map((path) => `duplicate field ${JSON.stringify(path)}`) };
};

/** YAML 1.2 core, one document, aliases within bounds. */
export const decodeYaml = (text: string): Decoded => {
  if (isJson(text)) return decodeJson(text, "Object");
  const document = parseDocument(text, { uniqueKeys: false, maxAliasCount: 100, schema: "core" } as never);
  const [problem] = document.errors;
  if (problem !== undefined) throw badRequest(`error converting YAML to JSON: yaml: ${problem.message.split("\n")[0]}`);
  let json: string;
  try {
    json = JSON.stringify(document.toJS({ maxAliasCount: 100 })) ?? "null";
  } catch (error) {
    throw badRequest(`error converting YAML to JSON: yaml: ${(error as Error).message}`);
  }
  return decodeJson(json, "Object");
};

/** Most clients send JSON where YAML is allowed: reading that as YAML takes twenty times as long. */
const isJson = (text: string): boolean => {
  if (!text.startsWith("{")) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

/** Whether it is an object with a kind, as every body of a write is. */
export const typedObject = (value: unknown): AnyObject | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as AnyObject) : undefined;

const jsonProblem = (text: string, error: unknown): string => {
  if (text.trim() === "") return "unexpected end of JSON input";
  const { message } = error as Error;
  if (/unexpected token|Unexpected non-whitespace|not valid JSON/i.test(message)) {
    const at = Number(/position (\d+)/.exec(message)?.[1] ?? 0);
    return `invalid character '${text[at] ?? ""}' looking for beginning of value`;
  }
  return "unexpected end of JSON input";
};

const excerpt = (text: string): string => {
  if (text === "") return "<empty>";
  if (text.startsWith("{")) return text.slice(0, MOST_EXCERPT);
  const hex = Buffer.from(text.slice(0, MOST_EXCERPT)).toString("hex");
  return text.length > MOST_EXCERPT ? `${hex} ... [truncated]` : hex;
};
