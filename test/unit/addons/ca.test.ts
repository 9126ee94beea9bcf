import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import tls from "node:tls";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type CertificateAuthority,
  ensureAuthority,
  ensureGatewayCertificate,
  gatewayCertificate,
} from "../../../src/addons/ca.ts";
import { systemClock, type Clock } from "../../../src/lib/clock.ts";
import { issueServerCertificate, type KeyPair } from "../../../src/lib/x509.ts";
import { memoryClient } from "./memory-client.ts";

const DAY_MS = 24 * 3600 * 1000;
const inDays = (days: number): Clock => ({ ...systemClock, now: () => Date.now() + days * DAY_MS });

let dir = "";
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), "choreo-ca-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** Serves TLS with a certificate and returns how a strict client that trusts only the authority judges `host`. */
const judge = async (authority: KeyPair, leaf: KeyPair, host: string): Promise<string> => {
  const server = tls.createServer({ cert: leaf.certificate, key: leaf.key }, (socket) => socket.end());
  server.on("tlsClientError", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const socket = tls.connect({ host: "127.0.0.1", port, servername: host, ca: authority.certificate });
  try {
    await once(socket, "secureConnect");
    return "trusted";
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  } finally {
    socket.destroy();
    server.close();
  }
};

describe("the local certificate authority", () => {
  test.each([
    "react-development.choreoapps.localhost",
    "dev.choreoapis.localhost",
    "dev.choreoapis.internal",
    "react-development.acme.choreoapps.localhost",
    "prod.acme.choreoapis.internal",
  ])("vouches for %s", async (host) => {
    const authority = await ensureAuthority(dir);
    expect(await judge(authority, gatewayCertificate(authority, ["acme"]), host)).toBe("trusted");
  });

  test("vouches for no organization that it was not asked to", async () => {
    const authority = await ensureAuthority(dir);
    const verdict = await judge(authority, gatewayCertificate(authority, ["acme"]), "dev.other.choreoapis.localhost");
    expect(verdict).toBe("ERR_TLS_CERT_ALTNAME_INVALID");
  });

  test("cannot vouch for a name outside the platform's domains", async () => {
    const authority = await ensureAuthority(dir);
    const validity = { notBefore: new Date(Date.now() - DAY_MS), notAfter: new Date(Date.now() + DAY_MS) };
    const leaf = issueServerCertificate(authority, ["example.com"], validity);
    // Node has no code of its own for a violated name constraint.
    expect(await judge(authority, leaf, "example.com")).toBe("UNSPECIFIED");
  });

  test("is kept, and its files are private", async () => {
    const first = await ensureAuthority(dir);
    const second = await ensureAuthority(dir);
    expect(second.certificate).toBe(first.certificate);
    expect(await readFile(first.file, "utf8")).toBe(first.certificate);
    for (const file of ["ca.pem", "ca.key.pem"]) expect((await stat(path.join(dir, file))).mode & 0o777).toBe(0o600);
  });

  test("is made again when its key is damaged, or when it is about to end", async () => {
    const first = await ensureAuthority(dir);
    await writeFile(path.join(dir, "ca.key.pem"), "half a k");
    const second = await ensureAuthority(dir);
    expect(second.certificate).not.toBe(first.certificate);
    const third = await ensureAuthority(dir, inDays(3640));
    expect(third.certificate).not.toBe(second.certificate);
  });

  test("is the same for all who ask for it at the same moment", async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => ensureAuthority(dir)));
    expect(new Set(all.map(({ certificate }) => certificate)).size).toBe(1);
    expect(await readFile(path.join(dir, "ca.pem"), "utf8")).toBe(all[0]?.certificate);
  });

  test("ends after ten years, its certificates after one", async () => {
    const authority = await ensureAuthority(dir);
    const daysLeft = (pem: string): number =>
      Math.round((Date.parse(new X509Certificate(pem).validTo) - Date.now()) / DAY_MS);
    expect(daysLeft(authority.certificate)).toBe(3650);
    expect(daysLeft(gatewayCertificate(authority, []).certificate)).toBe(365);
  });
});

describe("the gateways' TLS secret", () => {
  const secret = { namespace: "choreo-system", name: "choreo-gateway-tls" };
  const ensure = (
    client: ReturnType<typeof memoryClient>,
    authority: CertificateAuthority,
    organizations: string[],
    clock = systemClock,
  ) => ensureGatewayCertificate(client, secret, authority, { organizations, clock });

  test("is issued once and then kept", async () => {
    const client = memoryClient();
    const authority = await ensureAuthority(dir);
    expect(await ensure(client, authority, ["acme"])).toBe("issued");
    expect(await ensure(client, authority, ["acme"])).toBe("kept");
    expect(await ensure(client, authority, [])).toBe("kept");
  });

  test("is issued again for a new organization, for another authority and 30 days before its end", async () => {
    const client = memoryClient();
    const authority = await ensureAuthority(dir);
    await ensure(client, authority, []);
    expect(await ensure(client, authority, ["acme"])).toBe("issued");
    expect(await ensure(client, authority, ["acme"], inDays(340))).toBe("issued");
    const other = await ensureAuthority(path.join(dir, "other"));
    expect(await ensure(client, other, ["acme"])).toBe("issued");
  });

  test("is issued again when somebody wrote nonsense into it", async () => {
    const client = memoryClient([
      { apiVersion: "v1", kind: "Secret", metadata: secret, data: { "tls.crt": "bm9uc2Vuc2U=" } },
    ]);
    expect(await ensure(client, await ensureAuthority(dir), [])).toBe("issued");
  });
});
