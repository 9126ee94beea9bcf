import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { build } from "esbuild";
import type { KubeClient } from "../../src/k8s/client.ts";
import { connect } from "../../src/k8s/connect.ts";
import { isKubeError } from "../../src/k8s/errors.ts";
import type { AnyObject, Endpoint } from "../../src/k8s/types.ts";
import { deferred } from "../../src/lib/deferred.ts";
import { pick, seeded } from "./random.ts";

const root = path.resolve(import.meta.dirname, "../..");
const WRITERS = 8;
const NAMES = Array.from({ length: 40 }, (_, index) => `object-${index}`);
/** A round's kill comes after so many acknowledged writes at most, and so much time. */
const MOST_WRITES = 30;
const LONGEST_MS = 5;
const CONFIG_MAP = { apiVersion: "v1", kind: "ConfigMap" } as const;

/** Content of an object; undefined: it is not there. */
type Content = string | undefined;

export interface KillReport {
  readonly rounds: number;
  readonly acknowledged: number;
  /** What was wrong after a restart: a sentence each. */
  readonly broken: readonly string[];
}

/**
 * Kills an API server with SIGKILL at random moments of writing and starts it again over the same folder, so many times.
 * After each start every object has to be as it was acknowledged last, or as a write says that was under way.
 */
export const killWhileWriting = async (rounds: number, seed: number): Promise<KillReport> => {
  const random = seeded(seed);
  // Beside node_modules, so that packages are found.
  const home = mkdtempSync(path.join(root, ".dist-run-"));
  const entry = path.join(home, "serve.mjs");
  const dir = mkdtempSync(path.join(os.tmpdir(), "choreo-dev-killed-"));
  const broken: string[] = [];
  const known = new Map<string, Content>(NAMES.map((name) => [name, undefined]));
  let acknowledged = 0;
  let revision = 0;
  try {
    await build({
      ...{ entryPoints: [path.join(import.meta.dirname, "serve-api.ts")], outfile: entry, bundle: true },
      ...{ platform: "node", format: "esm", target: "node20.19", packages: "external", logLevel: "error" },
    });
    for (let round = 0; round < rounds && broken.length === 0; round++) {
      const { child, client } = await start(entry, dir);
      if (round > 0)
        broken.push(...(await differences(client, known, revision)).map((text) => `round ${round}: ${text}`));
      for (const [name, content] of await contents(client)) known.set(name, content);
      const enough = deferred();
      const wanted = 1 + Math.floor(random() * MOST_WRITES);
      const work = write(client, known, { random, onAcknowledged: (count) => count === wanted && enough.resolve() });
      await Promise.race([enough.promise, work.catch(() => undefined)]);
      await delay(random() * LONGEST_MS);
      child.kill("SIGKILL");
      await once(child, "exit");
      const done = await work;
      acknowledged += done.acknowledged;
      revision = Math.max(revision, done.revision);
      client.close();
    }
    return { rounds, acknowledged, broken };
  } finally {
    rmSync(home, { recursive: true, force: true });
    rmSync(dir, { recursive: true, force: true });
  }
};

const start = async (entry: string, dir: string): Promise<{ child: ChildProcess; client: KubeClient }> => {
  const child = spawn(process.execPath, [entry, dir], { stdio: ["ignore", "pipe", "inherit"], cwd: root });
  for await (const line of createInterface({ input: child.stdout })) {
    return { child, client: connect(JSON.parse(line) as Endpoint) };
  }
  throw new Error("the server did not start again");
};

/** Writes under way when the server dies: what the object may be as well. */
const underWay = new Map<string, Content>();

const write = async (
  client: KubeClient,
  known: Map<string, Content>,
  { random, onAcknowledged }: { readonly random: () => number; readonly onAcknowledged: (count: number) => void },
): Promise<{ acknowledged: number; revision: number }> => {
  underWay.clear();
  let acknowledged = 0;
  let revision = 0;
  // Each writer has names of its own, so that what an object should be is known without a lock.
  await Promise.all(
    Array.from({ length: WRITERS }, async (_, writer) => {
      const own = NAMES.filter((_name, index) => index % WRITERS === writer);
      for (;;) {
        const name = pick(random, own);
        const wanted =
          known.get(name) !== undefined && random() < 0.3
            ? undefined
            : String(random()).repeat(1 + Math.floor(random() * 40));
        underWay.set(name, wanted);
        try {
          const written = await put(client, name, known.get(name), wanted);
          revision = Math.max(revision, Number(written?.metadata.resourceVersion ?? 0));
        } catch (error) {
          // An answer of the server is a finding; a broken connection is the kill.
          if (isKubeError(error) && error.status !== undefined && error.status > 0) throw error;
          return;
        }
        known.set(name, wanted);
        underWay.delete(name);
        onAcknowledged(++acknowledged);
      }
    }),
  );
  return { acknowledged, revision };
};

const put = async (
  client: KubeClient,
  name: string,
  before: Content,
  wanted: Content,
): Promise<AnyObject | undefined> => {
  const object = { ...CONFIG_MAP, metadata: { name, namespace: "default" }, data: { text: wanted ?? "" } };
  if (wanted === undefined) {
    await client.delete({ ...CONFIG_MAP, name, namespace: "default" });
    return undefined;
  }
  return before === undefined ? client.create(object) : client.replace(object);
};

const contents = async (client: KubeClient): Promise<Map<string, Content>> => {
  const { items } = await client.list(CONFIG_MAP, { namespace: "default" });
  const found = new Map(items.map((object) => [object.metadata.name, (object["data"] as { text: string }).text]));
  return new Map(NAMES.map((name) => [name, found.get(name)]));
};

const differences = async (
  client: KubeClient,
  known: ReadonlyMap<string, Content>,
  revision: number,
): Promise<string[]> => {
  const { resourceVersion } = await client.list(CONFIG_MAP, { namespace: "default" });
  const now = await contents(client);
  const wrong = NAMES.filter((name) => {
    const isAsAcknowledged = now.get(name) === known.get(name);
    return !isAsAcknowledged && !(underWay.has(name) && now.get(name) === underWay.get(name));
  });
  return [
    ...wrong.map((name) => `${name} is ${String(now.get(name))}, acknowledged was ${String(known.get(name))}`),
    ...(Number(resourceVersion) < revision ? [`the revision went back from ${revision} to ${resourceVersion}`] : []),
  ];
};
