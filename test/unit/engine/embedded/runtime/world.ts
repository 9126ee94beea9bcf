import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { startRuntime, type Runtime, type RuntimeOptions } from "../../../../../src/engine/embedded/runtime/start.ts";
import type { Pod, PodSpec } from "../../../../../src/engine/embedded/runtime/types.ts";
import { claimLoopbackRange, type LoopbackRange } from "../../../../../src/engine/embedded/network/addresses.ts";
import type { KubeClient } from "../../../../../src/k8s/client.ts";
import { connect } from "../../../../../src/k8s/connect.ts";
import type { AnyObject } from "../../../../../src/k8s/types.ts";
import { startApiServer } from "../../../../helpers/api-server.ts";
import { untilTrue } from "../../../../helpers/until.ts";

export interface RuntimeWorld {
  readonly client: KubeClient;
  readonly dir: string;
  runtime(): Runtime;
  /** A folder with these files. */
  folder(files: Readonly<Record<string, string>>): string;
  /** Makes a pod on the node. */
  create(name: string, spec: Partial<PodSpec>, annotations?: Record<string, string>): Promise<Pod>;
  /** Waits until a pod is as wanted. */
  until(name: string, what: string, test: (pod: Pod) => boolean): Promise<Pod>;
  ready(name: string): Promise<Pod>;
  ended(name: string): Promise<Pod>;
  gone(name: string): Promise<void>;
  delete(name: string, gracePeriodSeconds?: number): Promise<void>;
  logs(name: string, options?: { previous?: boolean; container?: string }): Promise<string>;
  exec(name: string, ...command: string[]): Promise<{ readonly code: number; readonly stdout: string }>;
  events(name: string): Promise<AnyObject[]>;
  /** Ends the runtime and starts it again over the same folder. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

const NODE = "node-1";
const POD = { apiVersion: "v1", kind: "Pod" } as const;
const NAMESPACE = "default";

export const createRuntimeWorld = async (options: Partial<RuntimeOptions> = {}): Promise<RuntimeWorld> => {
  const server = await startApiServer();
  const client = connect(server.endpoint);
  const dir = mkdtempSync(path.join(os.tmpdir(), "choreo-dev-runtime-"));
  const range: LoopbackRange = await claimLoopbackRange({ dir: path.join(dir, "claims") });
  const start = (): Promise<Runtime> =>
    startRuntime(client, {
      dir: path.join(dir, "node"),
      nodeName: NODE,
      podCIDR: range.podCIDR,
      log: () => undefined,
      ...options,
    });
  let runtime = await start();
  let folders = 0;
  const get = async (name: string): Promise<Pod | undefined> =>
    (await client.get({ ...POD, namespace: NAMESPACE, name })) as unknown as Pod | undefined;
  const until: RuntimeWorld["until"] = (name, what, test) =>
    untilTrue(
      `pod ${name}: ${what}`,
      async () => {
        const pod = await get(name);
        return pod !== undefined && test(pod) ? pod : undefined;
      },
      20_000,
    );
  return {
    client,
    dir,
    runtime: () => runtime,
    folder: (files) => {
      const folder = path.join(dir, `source-${folders++}`);
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
        writeFileSync(path.join(folder, name), text);
      }
      return folder;
    },
    create: async (name, spec, annotations = {}) =>
      (await client.create<AnyObject>({
        ...POD,
        metadata: { name, namespace: NAMESPACE, annotations },
        spec: { nodeName: NODE, containers: [{ name: "main", image: "example.com/app:1" }], ...spec },
      })) as unknown as Pod,
    until,
    ready: (name) =>
      until(name, "ready", ({ status }) =>
        (status?.conditions ?? []).some(({ type, status: is }) => type === "Ready" && is === "True"),
      ),
    ended: (name) =>
      until(name, "at its end", ({ status }) => status?.phase === "Succeeded" || status?.phase === "Failed"),
    gone: (name) =>
      untilTrue(
        `pod ${name} to be gone`,
        async () => ((await get(name)) === undefined ? true : undefined),
        20_000,
      ).then(() => undefined),
    delete: async (name, gracePeriodSeconds) => {
      const grace = gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds };
      await client.delete({ ...POD, namespace: NAMESPACE, name }, grace);
    },
    logs: async (name, { previous = false, container = "main" } = {}) => {
      const query = {
        container,
        previous,
        follow: false,
        timestamps: false,
        tailLines: undefined,
        sinceSeconds: undefined,
        sinceTime: undefined,
        limitBytes: undefined,
      };
      const chunks: Buffer[] = [];
      const key = { namespace: NAMESPACE, name };
      for await (const chunk of await runtime.kubelet.logs(key, query, new AbortController().signal))
        chunks.push(chunk);
      return Buffer.concat(chunks).toString("utf8");
    },
    exec: async (name, ...command) => {
      const session = await runtime.kubelet.exec(
        { namespace: NAMESPACE, name },
        { container: "main", command, stdin: false, tty: false },
      );
      const chunks: Buffer[] = [];
      session.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
      const code = await session.exited;
      return { code, stdout: Buffer.concat(chunks).toString("utf8") };
    },
    events: async (name) => {
      const { items } = await client.list({ apiVersion: "v1", kind: "Event" }, { namespace: NAMESPACE });
      return items.filter(
        (event) => (event as unknown as { involvedObject: { name: string } }).involvedObject.name === name,
      );
    },
    restart: async () => {
      await runtime.stop();
      runtime = await start();
    },
    close: async () => {
      await runtime.stop();
      client.close();
      await server.stop();
      await range.release();
      rmSync(dir, { recursive: true, force: true });
    },
  };
};

/** Annotation by which a pod runs a line of shell. */
export const shell = (script: string): Record<string, string> => ({
  "process.choreo.dev/command": JSON.stringify(["sh", "-c", script]),
});
