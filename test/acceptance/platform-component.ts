import { cpSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "vitest";
import { untilTrue } from "../helpers/until.ts";
import type { DevSession } from "./dev-session.ts";
import type { World } from "./world.ts";

const PART = "pod-counter";
/** What the configuration says of it. */
export const PLATFORM_COMPONENT = `platformComponents:\n  - { name: ${PART}, path: part/src, manifests: part/manifests.yaml }\n`;
const TYPES = [
  { apiVersion: "apps/v1", kind: "Deployment" },
  { apiVersion: "v1", kind: "ServiceAccount" },
  { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole" },
  { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding" },
  { apiVersion: "v1", kind: "ConfigMap" },
];

/** Brings the sample to the folder of the platform. */
export const copyPlatformComponent = ({ box }: World): void =>
  cpSync(path.resolve("samples/platform-component"), path.join(box.dir, "part"), { recursive: true });

/** It works with its service account when `up` returns, and a second `up` has nothing to do. */
export const checkInstalled = async (world: World): Promise<void> => {
  expect(await logs(world)).toMatch(/^\d+ pods\n/);
  expect(await objectsOf(world)).toHaveLength(TYPES.length);
  expect(await world.planned()).toEqual([]);
  expect((await world.box.ok(["status", "-o", "json"])).stdout).toContain(`"name": "${PART}"`);
};

/** `up` rolls out another source and other manifests, and `plan` says so. */
export const checkChangedByUp = async (world: World): Promise<void> => {
  rewrite(world, "src/counter.js", (text) => text.replace("${pods} pods", "${pods} pods now"));
  rewrite(world, "manifests.yaml", (text) => text.replace("replicas: 1", "replicas: 1\n  revisionHistoryLimit: 3"));
  expect(await world.planned()).toEqual([
    expect.stringMatching(/^in-place addon\/pod-counter@\S+: version [0-9a-f]{8} → [0-9a-f]{8}$/),
  ]);
  await world.box.ok(["up"]);
  expect(await logs(world)).toMatch(/^\d+ pods now\n/);
  const [deployment] = await world.list(world.name, TYPES[0] ?? { apiVersion: "", kind: "" }, LABEL);
  expect(deployment?.["spec"]).toMatchObject({ revisionHistoryLimit: 3 });
};

/** A save is rolled out; what does not start changes nothing, and the next save heals. */
export const checkSaved = async (world: World, session: DevSession): Promise<void> => {
  const save = (change: (text: string) => string): ReturnType<DevSession["change"]> =>
    session.change(PART, () => rewrite(world, "src/counter.js", change));
  const good = readFileSync(path.join(world.box.dir, "part", "src", "counter.js"), "utf8");
  const broken = await save(() => `throw new Error("no counter");\n`);
  expect(broken.outcome).toMatchObject({ state: "failed" });
  expect(broken.outcome.message).toContain("no counter");
  expect(await logs(world)).toMatch(/^\d+ pods now\n/);
  const healed = await save(() => good.replace("pods now", "pods again"));
  expect(healed.outcome).toMatchObject({ path: "rebuild", state: "ready" });
  expect(await logs(world)).toMatch(/^\d+ pods again\n/);
};

/** Taken out of the configuration it goes with everything that it brought. */
export const checkRemoved = async (world: World): Promise<void> => {
  expect(await world.planned()).toEqual([expect.stringMatching(/^remove remove-addon\/pod-counter@/)]);
  await world.box.ok(["up"]);
  expect(await objectsOf(world)).toEqual([]);
  await untilTrue("its pods to go", async () => {
    const pods = await world.list(world.name, { apiVersion: "v1", kind: "Pod" }, `app=${PART}`);
    return pods.length === 0 ? true : undefined;
  });
};

const LABEL = `choreo.dev/addon=${PART}`;

const rewrite = ({ box }: World, file: string, change: (text: string) => string): void => {
  const full = path.join(box.dir, "part", file);
  writeFileSync(full, change(readFileSync(full, "utf8")));
};

const objectsOf = async (world: World): Promise<string[]> => {
  const found = await Promise.all(TYPES.map((type) => world.list(world.name, type, LABEL)));
  return found.flat().map(({ kind, metadata }) => `${kind} ${metadata.name}`);
};

/** Of the newest pod that stays. */
const logs = async (world: World): Promise<string> => {
  const pods = await world.list(world.name, { apiVersion: "v1", kind: "Pod" }, `app=${PART}`);
  const pod = pods
    .filter(({ metadata, status }) => metadata.deletionTimestamp === undefined && isReady(status))
    .toSorted((a, b) => (b.metadata.creationTimestamp ?? "").localeCompare(a.metadata.creationTimestamp ?? ""))[0];
  const { name = "", namespace = "" } = pod?.metadata ?? {};
  let text = "";
  for await (const piece of (await world.client(world.name)).logs({ namespace, name })) text += piece;
  return text;
};

const isReady = (status: unknown): boolean =>
  (status as { conditions?: { type: string; status: string }[] }).conditions?.some(
    (condition) => condition.type === "Ready" && condition.status === "True",
  ) === true;
