import { createPrivateKey, createPublicKey, randomBytes, X509Certificate } from "node:crypto";
import { link, readFile, rm } from "node:fs/promises";
import path from "node:path";
import type { KubeClient } from "../k8s/client.ts";
import type { AnyObject } from "../k8s/types.ts";
import { type Clock, systemClock } from "../lib/clock.ts";
import { readIfExists, writeFileAtomic } from "../lib/fs.ts";
import { createAuthority, issueServerCertificate, type KeyPair, type Validity } from "../lib/x509.ts";
import { SYSTEM_NAMESPACE } from "./inventory.ts";

/** Where the gateways of a data plane find their certificate, as `addons/gateway` has it. */
export const GATEWAY_SECRET = { namespace: SYSTEM_NAMESPACE, name: "choreo-gateway-tls" } as const;

const DAY_MS = 24 * 3600 * 1000;
const AUTHORITY_DAYS = 3650;
const LEAF_DAYS = 365;
const RENEW_DAYS = 30;

/** Domains of everything a gateway serves; the authority cannot sign for any other. */
const DOMAINS = ["choreoapps.localhost", "choreoapis.localhost", "choreoapis.internal"];

export interface CertificateAuthority extends KeyPair {
  /** Path of the certificate, for `curl --cacert`. */
  readonly file: string;
}

/**
 * The local certificate authority in `dir`, made when there is none that can be used. There is one per platform, not per
 * machine: `down` removes it together with what it vouched for, and a key that leaks says nothing about other platforms.
 * Safe for several processes at once: all of them get the same authority.
 */
export const ensureAuthority = async (dir: string, clock: Clock = systemClock): Promise<CertificateAuthority> => {
  const file = path.join(dir, "ca.pem");
  const pair = await ensurePair(path.join(dir, "ca.key.pem"), clock);
  if ((await readIfExists(file)) !== pair.certificate) await writeFileAtomic(file, pair.certificate);
  return { ...pair, file };
};

/** Key and certificate are one file, so that they can neither be half written nor belong to different authorities. */
const ensurePair = async (file: string, clock: Clock): Promise<KeyPair> => {
  const text = await readIfExists(file);
  const found = text === undefined ? undefined : usablePair(text, clock);
  if (found !== undefined) return found;
  const name = `choreo-dev local CA ${randomBytes(4).toString("hex")}`;
  const made = createAuthority(name, DOMAINS, validFor(AUTHORITY_DAYS, clock));
  const content = made.key + made.certificate;
  if (text !== undefined) {
    await writeFileAtomic(file, content);
    return made;
  }
  return usablePair(await writeFirst(file, content), clock) ?? made;
};

/** Writes a file unless somebody else is first, and returns what is in it then. */
const writeFirst = async (file: string, content: string): Promise<string> => {
  const temporary = `${file}.${randomBytes(4).toString("hex")}`;
  await writeFileAtomic(temporary, content);
  try {
    await link(temporary, file);
    return content;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return await readFile(file, "utf8");
  } finally {
    await rm(temporary, { force: true });
  }
};

/** Names that a gateway serves: those of the default organization, and per other organization a level of its own. */
const gatewayNames = (organizations: readonly string[]): string[] =>
  ["", ...organizations.toSorted().map((organization) => `${organization}.`)].flatMap((prefix) =>
    DOMAINS.map((domain) => `*.${prefix}${domain}`),
  );

/** A certificate for all names of the gateways, good for a year. `organizations` are those besides the default one. */
export const gatewayCertificate = (
  authority: CertificateAuthority,
  organizations: readonly string[],
  clock: Clock = systemClock,
): KeyPair => issueServerCertificate(authority, gatewayNames(organizations), validFor(LEAF_DAYS, clock));

/**
 * Sees to it that the TLS secret of the gateways matches the authority and the organizations and does not end soon. Call
 * it again when organizations come and go: Traefik serves the new certificate without a restart.
 */
export const ensureGatewayCertificate = async (
  client: KubeClient,
  secret: { readonly namespace: string; readonly name: string },
  authority: CertificateAuthority,
  options: { readonly organizations: readonly string[]; readonly signal?: AbortSignal; readonly clock?: Clock },
): Promise<"kept" | "issued"> => {
  const { organizations, signal, clock = systemClock } = options;
  const found = await client.get({ apiVersion: "v1", kind: "Secret", ...secret }, { signal });
  const current = (found?.["data"] as Record<string, string> | undefined)?.["tls.crt"];
  if (current !== undefined && serves(Buffer.from(current, "base64").toString(), authority, organizations, clock))
    return "kept";
  const leaf = gatewayCertificate(authority, organizations, clock);
  const object: AnyObject = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      ...secret,
      labels: { "app.kubernetes.io/managed-by": "choreo-dev", "app.kubernetes.io/part-of": "choreo-dev" },
    },
    type: "kubernetes.io/tls",
    data: { "tls.crt": base64(leaf.certificate + authority.certificate), "tls.key": base64(leaf.key) },
  };
  await client.apply(object, { signal });
  return "issued";
};

const serves = (
  pem: string,
  authority: CertificateAuthority,
  organizations: readonly string[],
  clock: Clock,
): boolean => {
  try {
    const leaf = new X509Certificate(pem);
    const names = (leaf.subjectAltName ?? "").split(", ");
    return (
      leaf.verify(createPublicKey(authority.certificate)) &&
      endsLater(leaf, clock) &&
      gatewayNames(organizations).every((name) => names.includes(`DNS:${name}`))
    );
  } catch {
    return false;
  }
};

const usablePair = (text: string, clock: Clock): KeyPair | undefined => {
  const [, key = "", certificate = ""] = /^(.*END PRIVATE KEY-----\n)(.*)$/s.exec(text) ?? [];
  try {
    const authority = new X509Certificate(certificate);
    const usable = authority.checkPrivateKey(createPrivateKey(key)) && endsLater(authority, clock);
    return usable ? { key, certificate } : undefined;
  } catch {
    // Damaged or edited by hand: a new one is made.
    return undefined;
  }
};

const endsLater = (certificate: X509Certificate, clock: Clock): boolean =>
  Date.parse(certificate.validTo) - clock.now() > RENEW_DAYS * DAY_MS;

/** From an hour ago: the clock of a virtual machine may be behind the one that signs. */
const validFor = (days: number, clock: Clock): Validity => ({
  notBefore: new Date(clock.now() - 3600 * 1000),
  notAfter: new Date(clock.now() + days * DAY_MS),
});

const base64 = (text: string): string => Buffer.from(text).toString("base64");
