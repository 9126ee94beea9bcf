import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseAllDocuments } from "yaml";
import { startWorkflowController } from "../../../../../src/engine/embedded/workflow/controller.ts";
import type { Workflow } from "../../../../../src/engine/embedded/workflow/types.ts";
import type { KubeClient } from "../../../../../src/k8s/client.ts";
import { connect } from "../../../../../src/k8s/connect.ts";
import type { AnyObject } from "../../../../../src/k8s/types.ts";
import { poll } from "../../../../../src/lib/poll.ts";
import { startApiServer } from "../../../../helpers/api-server.ts";
import { createManualClock } from "../../../../helpers/manual-clock.ts";
import { type FakeKubelet, startFakeKubelet } from "./fake-kubelet.ts";

export const WORKFLOWS = path.resolve(import.meta.dirname, "../../../../workflows");
const CRDS = path.resolve(import.meta.dirname, "../../../../../addons/argo-workflows/embedded/crds.json");
const NAMESPACE = "wf";

export interface World {
  readonly client: KubeClient;
  readonly kubelet: FakeKubelet;
  /** Messages of the controller that are more than news. */
  readonly complaints: readonly string[];
  create(objects: readonly AnyObject[]): Promise<void>;
  get(name: string): Promise<Workflow | undefined>;
  /** The workflow when it has ended; time passes whenever it waits for nothing else. */
  ended(name: string): Promise<Workflow>;
  /** Until the workflow looks so; no time passes. */
  until(name: string, what: string, holds: (workflow: Workflow) => boolean): Promise<Workflow>;
  advance(ms: number): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** An API server, a workflow controller and a kubelet that plays the pods. */
export const startWorld = async (): Promise<World> => {
  const server = await startApiServer();
  const client = connect(server.endpoint);
  const dir = mkdtempSync(path.join(tmpdir(), "workflow-"));
  const ending = new AbortController();
  const clock = createManualClock();
  const complaints: string[] = [];
  for (const crd of JSON.parse(readFileSync(CRDS, "utf8")) as AnyObject[]) await client.create(crd);
  await poll(
    async () =>
      (await client.hasKind({ apiVersion: "argoproj.io/v1alpha1", kind: "Workflow" }))
        ? { done: true, value: true }
        : { done: false, missing: "the kind Workflow" },
    { timeoutMs: 20_000, what: "the kinds of Argo Workflows" },
  );
  await client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
  const kubelet = startFakeKubelet(client, { signal: ending.signal, clock, dir });
  const startController = () =>
    startWorkflowController(kubelet.client, {
      signal: ending.signal,
      clock,
      log: (level, message) => void (level === "warn" || level === "error" ? complaints.push(message) : 0),
    });
  let controller = startController();
  await controller.ready;
  const get = async (name: string) =>
    await client.get<Workflow>({ apiVersion: "argoproj.io/v1alpha1", kind: "Workflow", name, namespace: NAMESPACE });
  const until: World["until"] = async (name, what, holds) =>
    await poll(
      async () => {
        const workflow = await get(name);
        if (workflow !== undefined && holds(workflow)) return { done: true, value: workflow };
        return { done: false, missing: `${JSON.stringify(workflow?.status)} ${complaints.join("\n")}` };
      },
      { timeoutMs: 20_000, intervalMs: 5, maxIntervalMs: 20, what },
    );
  return {
    client: kubelet.client,
    kubelet,
    complaints,
    get,
    until,
    create: async (objects) => {
      for (const object of objects)
        await client.create({ ...object, metadata: { ...object.metadata, namespace: NAMESPACE } });
    },
    ended: async (name) => {
      for (;;) {
        const workflow = await until(name, `the end of ${name}`, (each) => isOver(each) || waitsForTime(each, kubelet));
        if (isOver(workflow)) return workflow;
        await clock.advance(1000);
      }
    },
    advance: (ms) => clock.advance(ms),
    restart: async () => {
      await controller.stop();
      controller = startController();
      await controller.ready;
    },
    stop: async () => {
      await controller.stop();
      ending.abort();
      client.close();
      await server.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
};

const isOver = ({ metadata }: Workflow): boolean => metadata.labels?.["workflows.argoproj.io/completed"] === "true";

const waitsForTime = ({ status }: Workflow, { asleep }: FakeKubelet): boolean =>
  asleep.size > 0 ||
  Object.values(status?.nodes ?? {}).some(
    ({ type, phase, message }) =>
      phase === "Running" && (type === "Suspend" || message?.startsWith("Backoff") === true),
  );

/** The objects of a shared file, as kubectl reads them: a plain `y` is true. */
export const readWorkflow = (name: string): AnyObject[] =>
  parseAllDocuments(readFileSync(path.join(WORKFLOWS, `${name}.yaml`), "utf8"), { version: "1.1" }).map(
    (document) => document.toJS() as AnyObject,
  );
