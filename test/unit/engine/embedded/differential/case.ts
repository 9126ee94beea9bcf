/** One request of a case, or one look at a watch. `{ns}` stands for the case's own namespace everywhere. */
export type Step = RequestStep | OpenStep | EventsStep;

export interface RequestStep {
  /** Default GET. */
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  /** An object is sent as JSON, a text or bytes as they are. */
  readonly body?: unknown;
  /** Default `application/json`. */
  readonly type?: string;
  readonly accept?: string;
  /** Keeps parts of the answer for later steps: `{uid}` from `metadata.uid`. */
  readonly keep?: Readonly<Record<string, string>>;
}

/** Opens a watch that later steps read from. */
export interface OpenStep {
  readonly open: string;
  readonly path: string;
  readonly accept?: string;
}

/** Reads so many events from an open watch, or all until it ends. */
export interface EventsStep {
  readonly events: string;
  readonly count: number | "end";
}

export interface Case {
  /** Unique; names the case in transcripts and divergences. */
  readonly id: string;
  readonly steps: readonly Step[];
}

export const get = (path: string, more: Partial<RequestStep> = {}): RequestStep => ({ path, ...more });
export const post = (path: string, body: unknown, more: Partial<RequestStep> = {}): RequestStep => ({
  method: "POST",
  path,
  body,
  ...more,
});
export const put = (path: string, body: unknown, more: Partial<RequestStep> = {}): RequestStep => ({
  method: "PUT",
  path,
  body,
  ...more,
});
export const remove = (path: string, body?: unknown, more: Partial<RequestStep> = {}): RequestStep => ({
  method: "DELETE",
  path,
  ...(body === undefined ? {} : { body }),
  ...more,
});
const patchAs =
  (type: string) =>
  (path: string, body: unknown, more: Partial<RequestStep> = {}): RequestStep => ({
    method: "PATCH",
    path,
    body,
    type,
    ...more,
  });
export const jsonPatch = patchAs("application/json-patch+json");
export const mergePatch = patchAs("application/merge-patch+json");
export const strategicMerge = patchAs("application/strategic-merge-patch+json");
/** Server-side apply as `manager`. */
export const apply = (path: string, body: unknown, manager: string, query = ""): RequestStep =>
  patchAs("application/apply-patch+yaml")(`${path}?fieldManager=${manager}${query}`, body);
export const open = (name: string, path: string, accept?: string): OpenStep => ({
  open: name,
  path,
  ...(accept === undefined ? {} : { accept }),
});
export const events = (name: string, count: number | "end"): EventsStep => ({ events: name, count });

export const configMaps = "/api/v1/namespaces/{ns}/configmaps";
export const configMap = (name: string, data: Readonly<Record<string, string>> = {}, more: object = {}): object => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, ...more },
  data,
});
