import type { Readable } from "node:stream";

/** Who asks, after authentication. */
export interface User {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** One request, however it came: over TLS or from this process. */
export interface ApiRequest {
  readonly method: string;
  /** Still percent-encoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly user: User;
  /** The whole body; a StatusError when it is too large. */
  readonly body: () => Promise<Buffer>;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer | Readable;
}

export const JSON_TYPE = "application/json";

export const jsonAnswer = (body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): ApiAnswer => ({
  status,
  headers: { "content-type": JSON_TYPE, ...headers },
  body: typeof body === "string" ? body : JSON.stringify(body),
});

export const textAnswer = (body: string, status = 200): ApiAnswer => ({
  status,
  headers: { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" },
  body,
});
