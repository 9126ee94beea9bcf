import { generateKeyPairSync, randomBytes } from "node:crypto";
import path from "node:path";
import type { Clock } from "../../lib/clock.ts";
import { readJsonIfExists, writeFileAtomic } from "../../lib/fs.ts";
import { type KeyPair, createAuthority, issueCertificate } from "../../lib/x509.ts";

/** Everything by which one API server and its clients know each other. */
export interface Credentials {
  readonly authority: KeyPair;
  readonly server: KeyPair;
  /** Of the administrator, group `system:masters`. */
  readonly admin: KeyPair;
  readonly adminToken: string;
  /** PEM of the key that signs tokens of service accounts. */
  readonly tokenKey: string;
  /** Milliseconds since the epoch until which all of them are good. */
  readonly until: number;
}

const DAY_MS = 24 * 3600 * 1000;
const AUTHORITY_DAYS = 3650;
const LEAF_DAYS = 365;
/** Certificates are made anew so long before they end. */
const MARGIN_DAYS = 30;

/** The credentials of a cluster, kept in its folder, mode 0600. */
export const ensureCredentials = async (dir: string, cluster: string, clock: Clock): Promise<Credentials> => {
  const file = path.join(dir, "credentials.json");
  const found = await readJsonIfExists<Credentials>(file);
  const now = clock.now();
  if (found !== undefined && found.until - MARGIN_DAYS * DAY_MS > now) return found;
  const made = makeCredentials(cluster, now, found);
  await writeFileAtomic(file, JSON.stringify(made), 0o600);
  return made;
};

/** `before`: credentials whose authority, tokens and keys go on being good. */
export const makeCredentials = (cluster: string, now: number, before?: Credentials): Credentials => {
  const since = new Date(now - DAY_MS);
  const authority =
    before?.authority ??
    createAuthority(`choreo-dev ${cluster}`, undefined, {
      notBefore: since,
      notAfter: new Date(now + AUTHORITY_DAYS * DAY_MS),
    });
  const validity = { notBefore: since, notAfter: new Date(now + LEAF_DAYS * DAY_MS) };
  const names = [
    "localhost",
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
  ];
  return {
    authority,
    server: issueCertificate(
      authority,
      { commonName: "kube-apiserver", names, addresses: ["127.0.0.1"], usage: "server" },
      validity,
    ),
    admin: issueCertificate(
      authority,
      { commonName: "kubernetes-admin", organizations: ["system:masters"], usage: "client" },
      validity,
    ),
    adminToken: before?.adminToken ?? randomBytes(24).toString("base64url"),
    tokenKey:
      before?.tokenKey ??
      generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    until: validity.notAfter.getTime(),
  };
};
