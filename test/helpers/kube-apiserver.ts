import { type ChildProcess, spawn } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { connect } from "../../src/k8s/connect.ts";
import type { Endpoint } from "../../src/k8s/types.ts";
import { poll } from "../../src/lib/poll.ts";

const binaries = process.env["CHOREO_TEST_KUBE_BINARIES"] ?? "/var/cache/choreo-testbed/bin";

/** Whether the real binaries are on this machine. */
export const hasKubeApiserver: boolean = ["hyperkube", "etcd"].every((name) => existsSync(path.join(binaries, name)));

export interface RealApiserver {
  readonly endpoint: Endpoint;
  /** Of etcd and of the API server. */
  readonly pids: readonly number[];
  stop(): Promise<void>;
}

/**
 * A real etcd and kube-apiserver on free ports, everything allowed, gone after `stop`. Unless it is to be durable, etcd
 * does not wait for the disk. Unless pods need accounts, as in a cluster with all its controllers, nobody asks for theirs.
 */
export const startKubeApiserver = async ({
  durable = false,
  podsNeedAccounts = false,
} = {}): Promise<RealApiserver> => {
  const dir = mkdtempSync(path.join(os.tmpdir(), "choreo-dev-apiserver-"));
  const [clientPort, peerPort, port] = await freePorts(3);
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const key = path.join(dir, "sa.key");
  const pub = path.join(dir, "sa.pub");
  writeFileSync(key, privateKey.export({ type: "pkcs1", format: "pem" }), { mode: 0o600 });
  writeFileSync(pub, publicKey.export({ type: "spki", format: "pem" }));
  const token = randomBytes(16).toString("hex");
  writeFileSync(path.join(dir, "tokens.csv"), `${token},admin,admin,system:masters\n`, { mode: 0o600 });
  const etcdUrl = `http://127.0.0.1:${clientPort}`;
  const peerUrl = `http://127.0.0.1:${peerPort}`;
  const etcd = run("etcd", [
    ...["--data-dir", path.join(dir, "etcd"), "--log-level", "error", ...(durable ? [] : ["--unsafe-no-fsync"])],
    ...["--listen-client-urls", etcdUrl, "--advertise-client-urls", etcdUrl],
    ...[
      "--listen-peer-urls",
      peerUrl,
      "--initial-advertise-peer-urls",
      peerUrl,
      "--initial-cluster",
      `default=${peerUrl}`,
    ],
  ]);
  const server = run("hyperkube", [
    "kube-apiserver",
    ...["--etcd-servers", etcdUrl, "--bind-address", "127.0.0.1", "--secure-port", String(port), "--cert-dir", dir],
    ...["--service-account-issuer", "https://kubernetes.default.svc", "--service-account-key-file", pub],
    ...["--service-account-signing-key-file", key, "--authorization-mode", "AlwaysAllow"],
    ...["--token-auth-file", path.join(dir, "tokens.csv"), "--service-cluster-ip-range", "10.0.0.0/24"],
    ...[
      ...(podsNeedAccounts ? [] : ["--disable-admission-plugins", "ServiceAccount"]),
      "--allow-privileged=true",
      "--advertise-address",
      "127.0.0.1",
    ],
  ]);
  const stop = async (): Promise<void> => {
    await Promise.all([server, etcd].map(end));
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    return {
      endpoint: await untilReady(`https://127.0.0.1:${port}`, path.join(dir, "apiserver.crt"), token, server),
      pids: [etcd, server].flatMap(({ pid }) => pid ?? []),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};

const run = (name: string, args: readonly string[]): ChildProcess =>
  spawn(path.join(binaries, name), args, { stdio: "ignore" });

const untilReady = (server: string, certificate: string, token: string, child: ChildProcess): Promise<Endpoint> =>
  poll<Endpoint>(
    async () => {
      if (child.exitCode !== null) throw new Error(`kube-apiserver ended with ${child.exitCode}`);
      if (!existsSync(certificate)) return { done: false, missing: "it has no certificate yet" };
      // The server signs its own certificate and writes the whole chain into one file.
      const endpoint = { server, ca: readFileSync(certificate, "utf8"), token };
      const client = connect(endpoint);
      const ready = await client.ready();
      client.close();
      return ready ? { done: true, value: endpoint } : { done: false, missing: "/readyz does not answer 200" };
    },
    { what: "kube-apiserver", timeoutMs: 60_000, intervalMs: 50, maxIntervalMs: 200 },
  );

const end = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once("exit", () => resolve());
    child.kill("SIGKILL");
  });

const freePorts = async (count: number): Promise<number[]> => {
  const servers = await Promise.all(
    Array.from({ length: count }, () => {
      const server = net.createServer();
      return new Promise<net.Server>((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
    }),
  );
  const ports = servers.map((server) => (server.address() as net.AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
};
