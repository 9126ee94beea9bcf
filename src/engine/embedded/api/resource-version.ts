import type { Store } from "../store/store.ts";
import { invalidOptions, isTrue, numberOf } from "./query.ts";
import { serverError } from "./server-error.ts";
import { StatusError, type StatusCause, badRequest } from "./status.ts";

/** Which state a list or a watch wants to see. */
export interface Wanted {
  /** `undefined`: the newest. */
  readonly revision: number | undefined;
  readonly match: "Exact" | "NotOlderThan" | undefined;
}

/** Reads `resourceVersion` and `resourceVersionMatch` of a list. */
export const listRevision = (query: URLSearchParams): Wanted => {
  const text = query.get("resourceVersion") ?? "";
  const match = query.get("resourceVersionMatch") ?? "";
  const token = query.get("continue") ?? "";
  const problems: StatusCause[] = [];
  if (match !== "") {
    if (text === "") problems.push(forbidden("resourceVersionMatch is forbidden unless resourceVersion is provided"));
    if (token !== "") problems.push(forbidden("resourceVersionMatch is forbidden when continue is provided"));
    if (match !== "Exact" && match !== "NotOlderThan")
      problems.push(notSupported(match, '"Exact", "NotOlderThan", ""'));
    if (match === "Exact" && text === "0")
      problems.push(forbidden('resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
  }
  if (query.has("sendInitialEvents"))
    problems.push({
      reason: "FieldValueForbidden",
      message: "Forbidden: sendInitialEvents is forbidden for list",
      field: "sendInitialEvents",
    });
  refuse(problems);
  return {
    revision: revisionOf(text, (why) => badRequest(`invalid resource version: ${why}`)),
    match: match === "" ? undefined : (match as "Exact" | "NotOlderThan"),
  };
};

export interface WatchStart {
  readonly revision: number | undefined;
  readonly sendInitialEvents: boolean | undefined;
  readonly bookmarks: boolean;
  readonly timeoutSeconds: number | undefined;
}

/** Reads what a watch says of its beginning and its end. */
export const watchStart = (query: URLSearchParams): WatchStart => {
  const match = query.get("resourceVersionMatch") ?? "";
  const initial = query.has("sendInitialEvents") ? isTrue(query.get("sendInitialEvents")) : undefined;
  const problems: StatusCause[] = [];
  if (initial !== undefined && match !== "NotOlderThan")
    problems.push(forbidden("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"));
  if (match !== "") {
    if (initial === undefined)
      problems.push(forbidden("resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"));
    if (match !== "NotOlderThan") problems.push(notSupported(match, '"NotOlderThan"'));
    if ((query.get("continue") ?? "") !== "")
      problems.push(forbidden("resourceVersionMatch is forbidden when continue is provided"));
  }
  refuse(problems);
  return {
    revision: revisionOf(query.get("resourceVersion") ?? "", serverError),
    sendInitialEvents: initial,
    bookmarks: isTrue(query.get("allowWatchBookmarks")),
    timeoutSeconds: numberOf(query, "timeoutSeconds"),
  };
};

/** A state that does not exist yet is not waited for: its client has seen another server, or will ask again. */
export const refuseFuture = (store: Store, revision: number | undefined, prefix = ""): void => {
  if (revision === undefined || revision <= store.revision) return;
  throw new StatusError("Timeout", `${prefix}Too large resource version: ${revision}, current: ${store.revision}`, {
    causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
    retryAfterSeconds: 1,
  });
};

export const tooOld = (revision: number, oldest: number): StatusError =>
  new StatusError("Expired", `too old resource version: ${revision} (${oldest})`);

const revisionOf = (text: string, wrong: (why: string) => StatusError): number | undefined => {
  if (text === "") return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw wrong(
    `resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
  );
};

const forbidden = (why: string): StatusCause => ({
  reason: "FieldValueForbidden",
  message: `Forbidden: ${why}`,
  field: "resourceVersionMatch",
});

const notSupported = (value: string, supported: string): StatusCause => ({
  reason: "FieldValueNotSupported",
  message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported}`,
  field: "resourceVersionMatch",
});

const refuse = (problems: readonly StatusCause[]): void => {
  const [first] = problems;
  if (first === undefined) return;
  if (problems.length === 1) throw invalidOptions("ListOptions", first.field ?? "", first.reason ?? "", first.message);
  const list = problems.map(({ field, message }) => `${field}: ${message}`).join(", ");
  throw new StatusError("Invalid", `ListOptions.meta.k8s.io "" is invalid: [${list}]`, {
    group: "meta.k8s.io",
    kind: "ListOptions",
    causes: problems,
  });
};
