import { X509Certificate } from "node:crypto";
import { createSecureContext, type SecureContext } from "node:tls";
import { messageOf } from "../../../../lib/errors.ts";
import type { TlsSecret } from "./kinds.ts";

/** A certificate that can be served. */
export interface ServedCertificate {
  readonly context: SecureContext;
  readonly certificate: string;
  readonly key: string;
  /** Whether it is for this host name. */
  covers(host: string): boolean;
}

/** By secret: the object is another one as soon as anything in it changes. */
const known = new WeakMap<TlsSecret, ServedCertificate | { readonly problem: string }>();

/** The certificate of a TLS secret, or why it has none. */
export const certificateOf = (secret: TlsSecret): ServedCertificate | { readonly problem: string } => {
  const found = known.get(secret) ?? read(secret);
  known.set(secret, found);
  return found;
};

const read = ({ data = {} }: TlsSecret): ServedCertificate | { readonly problem: string } => {
  const [certificate, key] = ["tls.crt", "tls.key"].map((name) => Buffer.from(data[name] ?? "", "base64").toString());
  if (!certificate || !key) return { problem: "has no tls.crt and tls.key" };
  try {
    const parsed = new X509Certificate(certificate);
    const context = createSecureContext({ cert: certificate, key, minVersion: "TLSv1.2" });
    return { context, certificate, key, covers: (host) => parsed.checkHost(host) !== undefined };
  } catch (error) {
    return { problem: `is not a certificate with its key: ${messageOf(error)}` };
  }
};
