import { timingSafeEqual } from "node:crypto";
import type { TLSSocket } from "node:tls";
import type { User } from "../api/request.ts";
import { StatusError } from "../api/status.ts";
import type { Tokens } from "../api/tokens.ts";
import { ANONYMOUS, authenticated, serviceAccountUser } from "../auth/users.ts";

export interface Authentication {
  readonly tokens: Tokens;
  /** Bearer token of the platform's own administrator. */
  readonly adminToken: string;
  readonly now: () => number;
}

/** Who sends a request: by token, by client certificate, or nobody. A wrong token is refused, not taken for nobody's. */
export const authenticate = (
  { tokens, adminToken, now }: Authentication,
  { authorization, socket }: { readonly authorization: string | undefined; readonly socket: TLSSocket },
): User => {
  const [, token] = /^Bearer +(\S+)$/i.exec(authorization ?? "") ?? [];
  if (token !== undefined) {
    if (isSame(token, adminToken)) return authenticated("admin", ["system:masters"]);
    const claims = readable(tokens, token, now());
    if (claims === undefined) throw unauthorized();
    return serviceAccountUser(claims.namespace, claims.serviceAccount.name, claims.serviceAccount.uid);
  }
  return certificateUser(socket) ?? ANONYMOUS;
};

export const unauthorized = (): StatusError => new StatusError("Unauthorized", "Unauthorized");

const readable = (tokens: Tokens, token: string, now: number): ReturnType<Tokens["read"]> => {
  try {
    return tokens.read(token, now);
  } catch {
    return undefined;
  }
};

const isSame = (a: string, b: string): boolean => {
  const [first, second] = [Buffer.from(a), Buffer.from(b)];
  return first.length === second.length && timingSafeEqual(first, second);
};

const users = new WeakMap<TLSSocket, User>();

/** The subject of a certificate that our authority signed: CN is the user, each O a group. */
const certificateUser = (socket: TLSSocket): User | undefined => {
  const known = users.get(socket);
  if (known !== undefined || !socket.authorized) return known;
  const { subject } = socket.getPeerCertificate() as { subject?: { CN?: string | string[]; O?: string | string[] } };
  if (subject?.CN === undefined) return undefined;
  const groups = subject.O === undefined ? [] : [subject.O].flat();
  const user = authenticated([subject.CN].flat()[0] ?? "", groups);
  users.set(socket, user);
  return user;
};
