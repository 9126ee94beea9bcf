import { type KeyObject, createPublicKey, createPrivateKey, randomUUID, sign, verify, createHash } from "node:crypto";

/** What a service account's token says of its bearer. */
export interface TokenClaims {
  readonly namespace: string;
  readonly serviceAccount: { readonly name: string; readonly uid: string };
  readonly pod?: { readonly name: string; readonly uid: string };
  readonly audiences: readonly string[];
  /** Seconds since the epoch. */
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** Signs and reads the tokens of service accounts (JWT, ES256). */
export interface Tokens {
  readonly issuer: string;
  issue(claims: TokenClaims): string;
  /** Undefined for a token that is not ours, was changed, or is over. */
  read(token: string, now: number): TokenClaims | undefined;
  /** JSON Web Key Set of the public key. */
  keys(): unknown;
}

/** `key`: PEM of an EC P-256 private key. */
export const createTokens = (key: string, issuer = "https://kubernetes.default.svc"): Tokens => {
  const privateKey = createPrivateKey(key);
  const publicKey = createPublicKey(privateKey);
  const kid = createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("base64url");
  return {
    issuer,
    issue: (claims) => signed({ alg: "ES256", kid }, payloadOf(claims, issuer), privateKey),
    read: (token, now) => readToken(token, { publicKey, issuer, now }),
    keys: () => ({ keys: [{ ...publicKey.export({ format: "jwk" }), use: "sig", kid, alg: "ES256" }] }),
  };
};

interface Payload {
  readonly aud: readonly string[];
  readonly exp: number;
  readonly iat: number;
  readonly iss: string;
  readonly "kubernetes.io": {
    readonly namespace: string;
    readonly serviceaccount: { readonly name: string; readonly uid: string };
    readonly pod?: { readonly name: string; readonly uid: string };
  };
}

const payloadOf = (claims: TokenClaims, iss: string): object => ({
  aud: claims.audiences,
  exp: claims.expiresAt,
  iat: claims.issuedAt,
  iss,
  jti: randomUUID(),
  "kubernetes.io": {
    namespace: claims.namespace,
    ...(claims.pod === undefined ? {} : { pod: claims.pod }),
    serviceaccount: claims.serviceAccount,
  },
  nbf: claims.issuedAt,
  sub: `system:serviceaccount:${claims.namespace}:${claims.serviceAccount.name}`,
});

const signed = (header: object, payload: object, key: KeyObject): string => {
  const text = [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  const signature = sign("sha256", Buffer.from(text), { key, dsaEncoding: "ieee-p1363" });
  return `${text}.${signature.toString("base64url")}`;
};

const readToken = (
  token: string,
  { publicKey, issuer, now }: { publicKey: KeyObject; issuer: string; now: number },
): TokenClaims | undefined => {
  const [header, payload, signature, ...rest] = token.split(".");
  if (header === undefined || payload === undefined || signature === undefined || rest.length > 0) return undefined;
  const bytes = Buffer.from(`${header}.${payload}`);
  const isOurs = verify(
    "sha256",
    bytes,
    { key: publicKey, dsaEncoding: "ieee-p1363" },
    Buffer.from(signature, "base64url"),
  );
  if (!isOurs) return undefined;
  const {
    aud,
    exp,
    iat,
    iss,
    "kubernetes.io": about,
  } = JSON.parse(Buffer.from(payload, "base64url").toString("utf8")) as Payload;
  if (iss !== issuer || exp * 1000 <= now) return undefined;
  return {
    namespace: about.namespace,
    serviceAccount: about.serviceaccount,
    ...(about.pod === undefined ? {} : { pod: about.pod }),
    audiences: aud,
    issuedAt: iat,
    expiresAt: exp,
  };
};
