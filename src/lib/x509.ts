import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign, X509Certificate } from "node:crypto";
import {
  bitString,
  der,
  explicit,
  implicit,
  integer,
  octetString,
  oid,
  sequence,
  set,
  time,
  TRUE,
  utf8String,
} from "./der.ts";

/** A certificate and its private key (ECDSA P-256), both as PEM text. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/**
 * A self-signed authority. With `domains` it may sign for those and the names below them, and for nothing else: whoever
 * trusts it takes no wider risk than that (name constraints, RFC 5280 4.2.1.10). Without, it is for programs alone.
 */
export const createAuthority = (
  commonName: string,
  domains: readonly string[] | undefined,
  validity: Validity,
): KeyPair => {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const extensions = [
    extension("2.5.29.19", sequence(TRUE, integer(Buffer.from([0]))), true), // basicConstraints: CA, no further authority
    extension("2.5.29.15", bitString(Buffer.from([0b0000_0110]), 1), true), // keyUsage: keyCertSign, cRLSign
    ...(domains === undefined
      ? []
      : [extension("2.5.29.30", sequence(der(0xa0, ...domains.map((domain) => sequence(dnsName(domain))))), true)]),
    extension("2.5.29.14", octetString(keyIdentifier(publicKey))),
  ];
  const certificate = signed({
    subject: nameOf(commonName),
    issuer: nameOf(commonName),
    publicKey,
    issuerKey: privateKey,
    validity,
    extensions,
  });
  return { certificate, key: toPem(privateKey) };
};

/** A server certificate for DNS names (wildcards allowed), signed by an authority of {@link createAuthority}. */
export const issueServerCertificate = (authority: Authority, names: readonly string[], validity: Validity): KeyPair =>
  // Its subject is no host name: clients look at the alternative names only.
  issueCertificate(authority, { commonName: "choreo-dev gateway", names, usage: "server" }, validity);

/** What a certificate says of its bearer. */
export interface Bearer {
  readonly commonName: string;
  /** Groups, where it is the certificate of a Kubernetes user. */
  readonly organizations?: readonly string[];
  readonly names?: readonly string[];
  /** IPv4 addresses. */
  readonly addresses?: readonly string[];
  readonly usage: "server" | "client";
}

export interface Authority {
  readonly certificate: string;
  readonly key: string | KeyObject;
}

/** A certificate for a server or a client, signed by an authority of {@link createAuthority}. */
export const issueCertificate = (authority: Authority, bearer: Bearer, validity: Validity): KeyPair => {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const issuer = new X509Certificate(authority.certificate);
  const { commonName, organizations = [], names = [], addresses = [], usage } = bearer;
  const alternatives = [...names.map(dnsName), ...addresses.map(ipAddress)];
  const extensions = [
    extension("2.5.29.19", sequence(), true), // basicConstraints: not an authority
    extension("2.5.29.15", bitString(Buffer.from([0b1000_0000]), 7), true), // keyUsage: digitalSignature
    extension("2.5.29.37", sequence(oid(usage === "server" ? "1.3.6.1.5.5.7.3.1" : "1.3.6.1.5.5.7.3.2"))),
    ...(alternatives.length === 0 ? [] : [extension("2.5.29.17", sequence(...alternatives))]),
    extension("2.5.29.14", octetString(keyIdentifier(publicKey))),
    extension("2.5.29.35", sequence(implicit(0, keyIdentifier(issuer.publicKey)))),
  ];
  const certificate = signed({
    subject: nameOf(commonName, organizations),
    issuer: nameOf(commonNameOf(issuer)),
    publicKey,
    issuerKey: authority.key,
    validity,
    extensions,
  });
  return { certificate, key: toPem(privateKey) };
};

interface Contents {
  readonly subject: Buffer;
  readonly issuer: Buffer;
  readonly publicKey: KeyObject;
  readonly issuerKey: string | KeyObject;
  readonly validity: Validity;
  readonly extensions: readonly Buffer[];
}

const signed = ({ subject, issuer, publicKey, issuerKey, validity, extensions }: Contents): string => {
  const algorithm = sequence(oid("1.2.840.10045.4.3.2")); // ecdsa-with-SHA256
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const body = sequence(
    explicit(0, integer(Buffer.from([2]))), // version 3
    integer(serial),
    algorithm,
    issuer,
    sequence(time(validity.notBefore), time(validity.notAfter)),
    subject,
    publicKey.export({ type: "spki", format: "der" }),
    explicit(3, sequence(...extensions)),
  );
  const certificate = sequence(body, algorithm, bitString(sign("sha256", body, issuerKey)));
  const lines = certificate.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
};

const nameOf = (commonName: string, organizations: readonly string[] = []): Buffer =>
  sequence(
    ...organizations.map((one) => set(sequence(oid("2.5.4.10"), utf8String(one)))),
    set(sequence(oid("2.5.4.3"), utf8String(commonName))),
  );

const commonNameOf = ({ subject }: X509Certificate): string => /^CN=(.*)$/m.exec(subject)?.[1] ?? "";

const extension = (id: string, value: Buffer, critical = false): Buffer =>
  sequence(oid(id), ...(critical ? [TRUE] : []), octetString(value));

const ipAddress = (address: string): Buffer => implicit(7, Buffer.from(address.split(".").map(Number)));

const dnsName = (name: string): Buffer => implicit(2, Buffer.from(name, "ascii"));

/** Method 1 of RFC 5280 4.2.1.2: the hash of the key's bits, which for P-256 are the last 65 bytes. */
const keyIdentifier = (key: KeyObject): Buffer =>
  createHash("sha1")
    .update(key.export({ type: "spki", format: "der" }).subarray(-65))
    .digest();

const toPem = (key: KeyObject): string => key.export({ type: "pkcs8", format: "pem" }).toString();
