import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { contextName } from "../../src/config/names.ts";
import type { KubeClient } from "../../src/k8s/client.ts";
import { connect } from "../../src/k8s/connect.ts";
import { endpointFromKubeconfig } from "../../src/k8s/kubeconfig.ts";
import type { AnyObject, Endpoint, TypeRef } from "../../src/k8s/types.ts";
import { type Answer, ask } from "../helpers/ask.ts";
import { type Sandbox, sandbox } from "../helpers/cli.ts";
import { leftovers, processesWith } from "../helpers/docker.ts";
import { execInPod } from "../../src/k8s/exec.ts";
import { untilTrue } from "../helpers/until.ts";
import { SKIPS } from "./skips.ts";

export type TestedEngine = "kind" | "embedded";

export interface Status {
  readonly ready: boolean;
  readonly engine: string;
  readonly topology: string;
  readonly planes: readonly { name: string; role: string; cluster: string; state: string }[];
  readonly endpoints: readonly { component: string; environment: string; visibility: string; url: string }[];
}

/** A platform of a random name in a folder of its own, used by the real command line. */
export interface World {
  readonly engine: TestedEngine;
  readonly box: Sandbox;
  readonly name: string;
  /** Writes the configuration: what comes behind its name and engine. */
  configure(more?: string): void;
  status(): Promise<Status>;
  /** Lines `CHANGE ID: REASON` of the plan. */
  planned(): Promise<string[]>;
  /** Path and context of a cluster's private kubeconfig. */
  kubeconfig(cluster: string): { readonly file: string; readonly context: string };
  endpoint(cluster: string): Promise<Endpoint>;
  client(cluster: string): Promise<KubeClient>;
  /** Objects of all namespaces. */
  list(cluster: string, type: TypeRef, labelSelector?: string): Promise<AnyObject[]>;
  /** A ready pod with the label. */
  podWith(cluster: string, labelSelector: string): Promise<{ namespace: string; name: string }>;
  exec(cluster: string, pod: { namespace: string; name: string }, ...command: string[]): Promise<string>;
  /** PEM of the local CA. */
  ca(): string;
  url(component: string, environment: string): Promise<string>;
  /** Answer of a component at a path below its URL. */
  ask(component: string, environment: string, path?: string): Promise<Answer>;
  /** What is left of the platform on this machine. */
  leftovers(): Promise<string[]>;
}

export const createWorld = (engine: TestedEngine, title: string): World => {
  const box = sandbox(title);
  const name = `${title[0] ?? "t"}${randomBytes(3).toString("hex")}`;
  const state = path.join(box.home, "state", "choreo-dev", name);
  const clients: KubeClient[] = [];
  afterAll(async () => {
    for (const client of clients) client.close();
    await box.run(["down", "--force"]);
    box.remove();
  });
  const kubeconfig: World["kubeconfig"] = (cluster) => ({
    file: path.join(state, "kubeconfigs", `${cluster}.yaml`),
    context: contextName(cluster, engine),
  });
  const endpoint: World["endpoint"] = async (cluster) => {
    const { file, context } = kubeconfig(cluster);
    return endpointFromKubeconfig(readFileSync(file, "utf8"), context);
  };
  const client: World["client"] = async (cluster) => {
    const made = connect(await endpoint(cluster));
    clients.push(made);
    return made;
  };
  const ca = (): string => readFileSync(path.join(state, "ca", "ca.pem"), "utf8");
  const url: World["url"] = async (component, environment) => {
    const { stdout } = await box.ok(["url", component, "-e", environment]);
    return stdout.trim().split("\n")[0] ?? "";
  };
  const list: World["list"] = async (cluster, type, labelSelector) =>
    (await (await client(cluster)).list(type, { labelSelector })).items;
  return {
    engine,
    box,
    name,
    configure: (more = "") =>
      writeFileSync(
        path.join(box.dir, "choreo-dev.yaml"),
        `apiVersion: choreo-dev/v1alpha1\nkind: Platform\nname: ${name}\nengine: ${engine}\n${more}`,
      ),
    status: async () => JSON.parse((await box.ok(["status", "-o", "json"])).stdout) as Status,
    planned: async () => {
      const plan = JSON.parse((await box.ok(["plan", "-o", "json"])).stdout) as {
        steps: { id: string; change: string; reason: string }[];
      };
      return plan.steps.map(({ id, change, reason }) => `${change} ${id}: ${reason}`);
    },
    kubeconfig,
    endpoint,
    client,
    list,
    podWith: (cluster, labelSelector) =>
      untilTrue(`a ready pod with ${labelSelector}`, async () => {
        const pods = await list(cluster, { apiVersion: "v1", kind: "Pod" }, labelSelector);
        const found = pods.find(isReady)?.metadata;
        return found === undefined ? undefined : { namespace: found.namespace ?? "", name: found.name };
      }),
    exec: async (cluster, pod, ...command) =>
      (await execInPod(await endpoint(cluster), { pod, command })).stdout.trim(),
    ca,
    url,
    ask: async (component, environment, below = "") => ask(`${await url(component, environment)}${below}`, ca()),
    leftovers: async () => [
      ...(engine === "kind" ? await leftovers(name) : []),
      ...(existsSync(state) ? readdirSync(state, { recursive: true }).map(String) : []),
      ...(await processesWith(path.join(box.home, "state"))),
    ],
  };
};

/** One that is to end is ready for as long as its grace lasts. */
const isReady = (pod: AnyObject): boolean => {
  if (pod.metadata.deletionTimestamp !== undefined) return false;
  const { containerStatuses } = (pod["status"] ?? {}) as { containerStatuses?: { ready: boolean }[] };
  return containerStatuses?.every(({ ready }) => ready) === true;
};

export type CaseOf = (id: string, title: string, run: () => Promise<void>) => void;

/** Declares the cases of a suite: those that the list of skips names for this engine are skipped, all others run. */
export const casesOf = (engine: TestedEngine, suite: string): { readonly it: CaseOf; readonly end: () => void } => {
  const declared: string[] = [];
  return {
    it: (id, title, run) => {
      declared.push(`${suite}/${id}`);
      if (Object.hasOwn(SKIPS[engine], `${suite}/${id}`)) test.skip(title, run);
      else test(title, run);
    },
    end: () =>
      test("skips no case that does not exist", () => {
        const listed = Object.keys(SKIPS[engine]).filter((id) => id.startsWith(`${suite}/`));
        expect(listed.filter((id) => !declared.includes(id))).toEqual([]);
      }),
  };
};
