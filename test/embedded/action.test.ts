import { once } from "node:events";
import { existsSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { expect, test } from "vitest";
import { readArchive } from "../../src/diagnostics/archive.ts";
import { createWorld } from "../acceptance/world.ts";
import { createJob } from "../helpers/workflow-steps.ts";

const root = path.resolve(import.meta.dirname, "../..");
const world = createWorld("embedded", "action");
const { box, name } = world;
const job = createJob(box.home, box.dir, { ...box.env, GITHUB_ACTIONS: "true" });
const boot = path.join(root, "action", "action.yml");
const cleanup = path.join(root, "action", "cleanup", "action.yml");

let key: string | undefined;

test("the action boots a platform and tells of it; the clean-up keeps what a failed job needs, and leaves nothing", async () => {
  world.configure();
  const booted = await job.runAction(boot, { engine: "embedded", package: root });
  expect([booted.code, booted.output]).toEqual([0, expect.stringContaining("::group::choreo-dev up")]);
  expect(booted.outputs["up"]).toMatchObject({ platform: name, engine: "embedded" });
  expect(existsSync(booted.outputs["up"]?.["kubeconfig"] ?? "")).toBe(true);
  key = booted.outputs["key"]?.["key"];
  expect(key).toMatch(/^choreo-dev-Linux-X64-\d+\.\d+\.\d+-[0-9a-f]{16}$/);
  expect(job.summary()).toContain(`### Platform ${name}: ready`);

  const ended = await job.runAction(cleanup, { "job-status": "failure" });
  expect([ended.code, ended.output]).toEqual([0, expect.stringContaining("choreo-dev diagnostics open")]);
  const { archive = "" } = ended.outputs["tell"] ?? {};
  expect((await readArchive(archive)).manifest).toMatchObject({ platform: name, missing: [] });
  expect(job.summary()).toContain("are an artifact of this run");
  expect(await world.leftovers()).toEqual([]);
});

test("a platform that does not come up fails its step with an annotation, and diagnostics say why", async () => {
  const thief = net.createServer().listen(0, "127.0.0.1");
  await once(thief, "listening");
  const { port } = thief.address() as net.AddressInfo;
  world.configure(`planes:\n  data:\n    - { name: default-dataplane, gateway: { port: ${port} } }\n`);
  const refused = await job.runAction(boot, { engine: "embedded", package: root });
  expect([refused.code, refused.output]).toEqual([3, expect.stringContaining("::error title=choreo-dev up::")]);
  // Another configuration has another cache.
  expect(refused.outputs["key"]?.["key"]).not.toBe(key);
  const ended = await job.runAction(cleanup, { "job-status": "failure" });
  thief.close();
  const { parts } = await readArchive(ended.outputs["tell"]?.["archive"] ?? "");
  expect(parts.find(({ path: part }) => part === "doctor.json")?.text).toContain("E_PORT_TAKEN");
  expect([ended.code, await world.leftovers()]).toEqual([0, []]);
});

test("of a job that went well the clean-up tells nothing", async () => {
  world.configure();
  const ended = await job.runAction(cleanup, { "job-status": "success" });
  expect([ended.code, ended.outputs["tell"]]).toEqual([0, {}]);
});
