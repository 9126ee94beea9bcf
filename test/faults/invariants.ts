import { existsSync, readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import type { AnyObject, Condition, TypeRef } from "../../src/k8s/types.ts";
import { ask } from "../helpers/ask.ts";
import { leftovers } from "../helpers/docker.ts";
import { untilTrue } from "../helpers/until.ts";
import { type Component, isAllowed } from "./model.ts";
import { type FaultWorld, USER_KUBECONFIG } from "./world.ts";

const CHOREO = "core.choreo.dev/v1";
const WATCHED: readonly TypeRef[] = [
  { apiVersion: CHOREO, kind: "DataPlane" },
  { apiVersion: CHOREO, kind: "Component" },
  { apiVersion: CHOREO, kind: "Deployment" },
  { apiVersion: CHOREO, kind: "Endpoint" },
  { apiVersion: "apps/v1", kind: "Deployment" },
];

/** What was seen of each object until now, by uid. */
export interface Witness {
  readonly seen: Map<string, Seen>;
}

interface Seen {
  readonly version: number;
  readonly generation: number;
  readonly observed: number;
  readonly conditions: ReadonlyMap<string, string>;
}

export const createWitness = (): Witness => ({ seen: new Map() });

/** What has to hold after every step, whatever went wrong in it. */
export const checkAlways = async (world: FaultWorld, witness: Witness): Promise<void> => {
  // Looked at each time: a cluster that is removed takes its marker with it.
  world.pods();
  const running = world.supervisors();
  if (running.length > 1) world.broken.push(`${running.length} supervisors own one platform`);
  if (readFileSync(path.join(world.home, "kubeconfig"), "utf8") !== USER_KUBECONFIG)
    world.broken.push("the user's kubeconfig was changed");
  await checkMonotone(world, witness);
};

/** What is told of an object never goes back: versions, generations, and the times at which conditions changed. */
const checkMonotone = async (world: FaultWorld, { seen }: Witness): Promise<void> => {
  const client = await world.client().catch(() => undefined);
  if (client === undefined) return;
  try {
    for (const type of WATCHED) {
      for (const object of (await client.list(type, { timeoutMs: 3000 })).items) {
        const { uid = "" } = object.metadata;
        const now = seenOf(object);
        const before = seen.get(uid);
        const back = before === undefined ? [] : wentBack(before, now, world.clockMoved);
        for (const what of back) world.broken.push(`${type.kind} ${object.metadata.name}: ${what}`);
        seen.set(uid, now);
      }
    }
  } catch {
    // A server that does not answer tells nothing that could be wrong.
  } finally {
    client.close();
  }
};

const seenOf = (object: AnyObject): Seen => {
  const { conditions = [], observedGeneration = 0 } = (object["status"] ?? {}) as {
    conditions?: readonly Condition[];
    observedGeneration?: number;
  };
  return {
    version: Number(object.metadata.resourceVersion),
    generation: object.metadata.generation ?? 0,
    observed: Math.max(observedGeneration, ...conditions.map((one) => one.observedGeneration ?? 0)),
    conditions: new Map(conditions.map(({ type, lastTransitionTime }) => [type, lastTransitionTime])),
  };
};

const wentBack = (before: Seen, now: Seen, clockMoved: boolean): string[] => [
  ...(now.version < before.version ? [`resourceVersion went from ${before.version} to ${now.version}`] : []),
  ...(now.generation < before.generation ? [`generation went from ${before.generation} to ${now.generation}`] : []),
  ...(now.observed < before.observed ? [`observedGeneration went from ${before.observed} to ${now.observed}`] : []),
  ...(clockMoved
    ? []
    : [...now.conditions].flatMap(([type, time]) =>
        time < (before.conditions.get(type) ?? "") ? [`condition ${type} changed earlier than before`] : [],
      )),
];

const SETTLED_MS = { embedded: 30_000, kind: 180_000 } as const;

/** All faults are over: `up` has to bring back everything that was acknowledged, and then finds nothing more to do. */
export const checkConverged = async (world: FaultWorld): Promise<void> => {
  const { broken } = world;
  const up = await world.run(["up"]);
  if (up.code !== 0) return void broken.push(`the last up exited with ${up.code}:\n${up.stderr}`);
  const status = await world.run(["status", "-o", "json"]);
  if (!status.stdout.includes('"ready": true')) broken.push(`not ready after the last up:\n${status.stdout}`);
  if (world.supervisors().length !== 1) broken.push(`${world.supervisors().length} supervisors after the last up`);
  const plan = await world.run(["plan", "-o", "json"]);
  const { steps = [] } = JSON.parse(plan.stdout || "{}") as { steps?: { id: string; reason: string }[] };
  if (steps.length > 0)
    broken.push(`up has not done all: ${steps.map(({ id, reason }) => `${id} (${reason})`).join(", ")}`);
  if (world.model.lossy) return;
  await checkWrites(world);
  for (const component of world.model.components.keys()) await checkServed(world, component);
};

const checkWrites = async (world: FaultWorld): Promise<void> => {
  const client = await world.client();
  try {
    for (const [name, expected] of world.model.writes) {
      const found = await client.get({ apiVersion: "v1", kind: "ConfigMap", name, namespace: "default" });
      const value = (found?.["data"] as { value?: string } | undefined)?.value;
      if (!isAllowed(expected, value))
        world.broken.push(`an acknowledged write is lost: ${name} is ${value}, not ${expected.acknowledged}`);
    }
  } finally {
    client.close();
  }
};

/** A component serves what was acknowledged last, or what was sent after it. */
const checkServed = async (world: FaultWorld, component: Component): Promise<void> => {
  const expected = world.model.components.get(component)!;
  // Nobody was promised anything of it.
  if (expected.acknowledged === undefined) return;
  let last: string | undefined;
  let url = "";
  await untilTrue(
    `${component} to be served`,
    async () => {
      url ||= (await world.run(["url", component, "-e", "development"])).stdout.trim().split("\n")[0] ?? "";
      last =
        url === ""
          ? undefined
          : await served(world, new URL(PATHS[component], url.endsWith("/") ? url : `${url}/`).href);
      return isAllowed(expected, last) ? true : undefined;
    },
    SETTLED_MS[world.engine],
  ).catch(() => {
    const wanted = [expected.acknowledged, ...expected.possible].join(" or ");
    world.broken.push(`${component} serves ${last}, not ${wanted}`);
  });
};

const PATHS = { greeter: "greeting.txt", hello: "" } as const;

const served = async (world: FaultWorld, url: string): Promise<string> => {
  const ca = readFileSync(path.join(world.stateDir, "ca", "ca.pem"), "utf8");
  const answer = await ask(url, ca).catch((error: unknown) => ({ status: 0, body: String(error) }));
  return answer.status === 200 ? answer.body.trim() : `HTTP ${answer.status} ${answer.body.slice(0, 80)}`;
};

/** After `down` there is nothing left: no file, no process, no container, network or volume. */
export const checkNothingLeft = async (world: FaultWorld): Promise<void> => {
  const { broken } = world;
  const down = await world.run(["down", "--force"]);
  if (down.code !== 0) broken.push(`the last down exited with ${down.code}:\n${down.stderr}`);
  const left = await untilTrue(
    "processes to end",
    async () => (world.processes().length === 0 ? [] : undefined),
    5000,
  ).catch(() => world.processes());
  for (const { pid, command } of left) broken.push(`process ${pid} is left: ${command}`);
  const files = existsSync(path.dirname(world.stateDir)) ? readdirSync(path.dirname(world.stateDir)) : [];
  for (const file of files) broken.push(`file ${file} is left in the state folder`);
  if (world.engine === "kind") for (const one of await leftovers(world.name)) broken.push(`${one} is left`);
  if (readFileSync(path.join(world.home, "kubeconfig"), "utf8") !== USER_KUBECONFIG)
    broken.push("the user's kubeconfig was changed");
};
