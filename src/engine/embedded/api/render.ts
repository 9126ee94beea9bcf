import { Readable } from "node:stream";
import { stringify } from "yaml";
import type { AnyObject } from "../../../k8s/types.ts";
import type { Entry } from "../store/store.ts";
import { tableOf } from "../table/table.ts";
import { inVersion } from "./conversion.ts";
import type { Call, Core } from "./core.ts";
import { type ApiAnswer, jsonAnswer } from "./request.ts";
import type { ResourceType } from "./resource-type.ts";
import { apiVersionOf, objectOf, withoutType } from "./stored.ts";

const META = "meta.k8s.io/v1";

/** The text of a stored object in the version that was asked for. */
export const textIn = (entry: Pick<Entry, "value">, type: ResourceType): string => {
  const head = `{"kind":${JSON.stringify(type.kind)},"apiVersion":${JSON.stringify(apiVersionOf(type))},`;
  return entry.value.startsWith(head) ? entry.value : JSON.stringify(inVersion(objectOf(entry), type));
};

/** One object in the form that the client takes. */
export const answerEntry = (core: Core, call: Call, entry: Pick<Entry, "value">, status = 200): ApiAnswer => {
  const { accepted, type } = call;
  if (accepted.form === "object" && accepted.encoding === "json") return jsonAnswer(textIn(entry, type), status);
  return answerObject(core, call, inVersion(objectOf(entry), type), status);
};

/** As {@link answerEntry}, for an object that is in the right version already. */
export const answerObject = (
  core: Core,
  { accepted, request, type }: Call,
  object: AnyObject,
  status = 200,
): ApiAnswer => {
  if (accepted.form === "object") return encoded(accepted.encoding, object, status);
  if (accepted.form === "metadata") return encoded(accepted.encoding, metadataOf(object), status);
  const table = tableOf(type, [object], { includeObject: includeObject(request.query), now: core.clock.now() });
  return encoded(
    accepted.encoding,
    { ...table, metadata: { resourceVersion: object.metadata.resourceVersion } },
    status,
  );
};

export const encoded = (encoding: "json" | "yaml", body: unknown, status = 200): ApiAnswer =>
  encoding === "json"
    ? jsonAnswer(body, status)
    : { status, headers: { "content-type": "application/yaml" }, body: stringify(body) };

export interface ListMeta {
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

/** Longer lists go out in slices, so that other requests are served meanwhile. */
const SLICE = 500;

export const answerList = (
  core: Core,
  { accepted, request, type }: Call,
  entries: readonly Entry[],
  metadata: ListMeta,
): ApiAnswer => {
  const apiVersion = apiVersionOf(type);
  if (accepted.form === "object" && accepted.encoding === "json") {
    const head = `{"kind":${JSON.stringify(type.listKind)},"apiVersion":${JSON.stringify(apiVersion)},"metadata":${JSON.stringify(metadata)},"items":[`;
    const item = (entry: Entry): string =>
      type.custom ? textIn(entry, type) : withoutType(textIn(entry, type), { kind: type.kind, apiVersion });
    if (entries.length <= SLICE) return jsonAnswer(`${head}${entries.map(item).join(",")}]}`);
    return { ...jsonAnswer(""), body: Readable.from(sliced(head, entries, item), { objectMode: false }) };
  }
  const objects = entries.map((entry) => inVersion(objectOf(entry), type));
  if (accepted.form === "table") {
    const table = tableOf(type, objects, { includeObject: includeObject(request.query), now: core.clock.now() });
    return encoded(accepted.encoding, { ...table, metadata });
  }
  if (accepted.form === "metadata")
    return encoded(accepted.encoding, {
      kind: "PartialObjectMetadataList",
      apiVersion: META,
      metadata,
      items: objects.map(metadataOf),
    });
  return encoded(accepted.encoding, { kind: type.listKind, apiVersion, metadata, items: objects });
};

/** One object as a watcher gets it. `columns`: whether a table says its columns, as its first does. */
export const eventObject = (core: Core, { accepted, request, type }: Call, entry: Entry, columns: boolean): string => {
  if (accepted.form === "object") return textIn(entry, type);
  const object = inVersion(objectOf(entry), type);
  if (accepted.form === "metadata") return JSON.stringify(metadataOf(object));
  const table = tableOf(type, [object], { includeObject: includeObject(request.query), now: core.clock.now() });
  return JSON.stringify({
    ...table,
    metadata: { resourceVersion: object.metadata.resourceVersion },
    columnDefinitions: columns ? table.columnDefinitions : null,
  });
};

const metadataOf = ({ metadata }: AnyObject): unknown => ({
  kind: "PartialObjectMetadata",
  apiVersion: META,
  metadata,
});

const includeObject = (query: URLSearchParams): "None" | "Metadata" | "Object" => {
  const value = query.get("includeObject");
  return value === "None" || value === "Object" ? value : "Metadata";
};

function* sliced(head: string, entries: readonly Entry[], item: (entry: Entry) => string): Generator<string> {
  for (let at = 0; at < entries.length; at += SLICE) {
    const texts = entries.slice(at, at + SLICE).map(item);
    yield `${at === 0 ? head : ","}${texts.join(",")}`;
  }
  yield "]}";
}
