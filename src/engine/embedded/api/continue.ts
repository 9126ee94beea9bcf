import { badRequest } from "./status.ts";

/** Where the next page of a list begins. */
export interface Position {
  /** Revision that all pages are of; -1: the newest, of a client that goes on with an expired token. */
  readonly revision: number;
  /** Last key of the page before, below the prefix of the list. */
  readonly after: string;
}

export const continueToken = ({ revision, after }: Position): string =>
  Buffer.from(JSON.stringify({ v: "meta.k8s.io/v1", rv: revision, start: `${after}\0` })).toString("base64url");

export const parseContinue = (token: string): Position => {
  const read = decoded(token);
  const { v, rv, start } = read;
  if (v !== "meta.k8s.io/v1")
    throw badRequest(
      `invalid continue token: continue key is not valid: server does not recognize this encoded version ${String(v)}`,
    );
  if (typeof rv !== "number" || !Number.isSafeInteger(rv) || rv === 0)
    throw badRequest(
      "invalid continue token: continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)",
    );
  if (typeof start !== "string" || start === "")
    throw badRequest(
      "invalid continue token: continue key is not valid: encoded start key empty (version meta.k8s.io/v1)",
    );
  if (start.startsWith("/") || start.split("/").includes(".."))
    throw badRequest(`invalid continue token: continue key is not valid: ${start}`);
  return { revision: rv, after: start.endsWith("\0") ? start.slice(0, -1) : start };
};

const decoded = (token: string): { v?: unknown; rv?: unknown; start?: unknown } => {
  try {
    const read: unknown = JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
    if (typeof read === "object" && read !== null) return read;
  } catch {
    // Said below.
  }
  throw badRequest("invalid continue token: continue key is not valid: illegal base64 data at input byte 0");
};
