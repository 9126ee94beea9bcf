// `npm run bench:apiserver -- --json [--creates N]`: the embedded API server beside a real kube-apiserver with etcd, one after the
// other in one run, both over TLS on loopback, both waiting for the disk before they acknowledge a write. Needs the real
// binaries (docs/embedded.md says where they are looked for).
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { startApiServer } from "../src/engine/embedded/api-server.ts";
import { makeCredentials } from "../src/engine/embedded/certificates.ts";
import type { KubeClient } from "../src/k8s/client.ts";
import { connect } from "../src/k8s/connect.ts";
import type { Endpoint } from "../src/k8s/types.ts";
import { startKubeApiserver } from "../test/helpers/kube-apiserver.ts";
import { openLean, requestBytes } from "./lean-client.ts";
import { median, rounded } from "./measure.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    serve: { type: "string" },
    creates: { type: "string", default: "3000" },
  },
});
const CLIENTS = 32;
const WATCHED = 200;

interface Subject {
  readonly endpoint: Endpoint;
  readonly pids: readonly number[];
  stop(): Promise<void>;
}

interface Figures {
  readonly startMs: number;
  readonly idleMB: number;
  readonly createsPerSecond: number;
  readonly watchMs: number;
  readonly loadedMB: number;
}

/** The embedded server in a process of its own, as the supervisor is one. */
const serve = async (dir: string): Promise<void> => {
  const credentials = makeCredentials("bench", Date.now());
  const { endpoint } = await startApiServer({ store: { dir }, credentials, port: 0, serviceCIDR: "10.0.0.0/24" });
  process.stdout.write(`${JSON.stringify(endpoint)}\n`);
};

const startEmbedded = async (): Promise<Subject> => {
  const dir = mkdtempSync(path.join(os.tmpdir(), "choreo-dev-bench-"));
  const child = spawn(process.execPath, [process.argv[1] ?? "", "--serve", dir], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const stop = async (): Promise<void> => {
      child.kill("SIGKILL");
      await new Promise((resolve) => child.once("exit", resolve));
      rmSync(dir, { recursive: true, force: true });
    };
    return { endpoint: JSON.parse(line) as Endpoint, pids: [child.pid ?? 0], stop };
  }
  throw new Error("the embedded server ended");
};

const megabytes = (pids: readonly number[]): number =>
  pids
    .map((pid) => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]))
    .reduce((sum, kilobytes) => sum + kilobytes / 1024, 0);

const configMap = (
  name: string,
): { apiVersion: string; kind: string; metadata: { name: string; namespace: string }; data: object } => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "default" },
  data: { text: "x".repeat(512) },
});

const createsPerSecond = async (endpoint: Endpoint, count: number): Promise<number> => {
  const bodies = Array.from({ length: count }, (_, index) =>
    requestBytes(endpoint, "POST", "/api/v1/namespaces/default/configmaps", configMap(`load-${index}`)),
  );
  const connections = await Promise.all(Array.from({ length: CLIENTS }, () => openLean(endpoint)));
  let next = 0;
  const began = performance.now();
  await Promise.all(
    connections.map(async (connection) => {
      for (let body = bodies[next++]; body !== undefined; body = bodies[next++]) {
        const status = await connection.send(body);
        if (status !== 201) throw new Error(`a create was answered with ${status}`);
      }
    }),
  );
  const ms = performance.now() - began;
  for (const connection of connections) connection.close();
  return (count / ms) * 1000;
};

/** Milliseconds from sending a write until a watcher has it. */
const watchLatency = async (client: KubeClient, endpoint: Endpoint): Promise<number> => {
  const writer = await openLean(endpoint);
  const { resourceVersion } = await client.list({ apiVersion: "v1", kind: "ConfigMap" });
  const signal = new AbortController();
  const sent = new Map<string, number>();
  const seen: number[] = [];
  const watching = (async () => {
    const options = {
      resourceVersion,
      timeoutSeconds: 300,
      idleTimeoutMs: 60_000,
      signal: signal.signal,
    };
    for await (const { type, object } of client.watch({ apiVersion: "v1", kind: "ConfigMap" }, options)) {
      const began = type === "ADDED" ? sent.get(object.metadata.name) : undefined;
      if (began !== undefined) seen.push(performance.now() - began);
      if (seen.length === WATCHED) signal.abort();
    }
  })();
  for (let index = 0; index < WATCHED; index++) {
    const name = `watched-${index}`;
    sent.set(name, performance.now());
    await writer.send(requestBytes(endpoint, "POST", "/api/v1/namespaces/default/configmaps", configMap(name)));
  }
  await watching;
  writer.close();
  return median(seen);
};

const measure = async (start: () => Promise<Subject>): Promise<Figures> => {
  const began = performance.now();
  const subject = await start();
  const client = connect(subject.endpoint);
  while (!(await client.ready().catch(() => false))) await delay(5);
  const startMs = performance.now() - began;
  await delay(3000);
  const idleMB = megabytes(subject.pids);
  await createsPerSecond(subject.endpoint, Number(values.creates));
  await client.deleteCollection({ apiVersion: "v1", kind: "ConfigMap" }, { namespace: "default" });
  // The second time: both have compiled and cached what they run.
  const rate = await createsPerSecond(subject.endpoint, Number(values.creates));
  const watchMs = await watchLatency(client, subject.endpoint);
  await delay(2000);
  const loadedMB = megabytes(subject.pids);
  client.close();
  await subject.stop();
  return { startMs, idleMB, createsPerSecond: rate, watchMs, loadedMB };
};

const all = (figures: object): object =>
  Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, rounded(value as number, 2)]));

const main = async (): Promise<void> => {
  const real = await measure(() => startKubeApiserver({ durable: true }));
  const embedded = await measure(startEmbedded);
  const report = {
    embedded: all(embedded),
    real: all(real),
    ratios: all({
      startTimesFaster: real.startMs / embedded.startMs,
      createsTimes: embedded.createsPerSecond / real.createsPerSecond,
      watchLatency: embedded.watchMs / real.watchMs,
      idleMemory: embedded.idleMB / real.idleMB,
      loadedMemory: embedded.loadedMB / real.loadedMB,
    }),
  };
  process.stdout.write(`${JSON.stringify(report, undefined, values.json ? undefined : 2)}\n`);
  process.exit(0);
};

await (values.serve === undefined ? main() : serve(values.serve));
