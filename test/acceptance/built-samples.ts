import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "vitest";
import { untilTrue } from "../helpers/until.ts";
import type { World } from "./world.ts";

const samples = path.resolve(import.meta.dirname, "../../samples");
const POD = { apiVersion: "v1", kind: "Pod" } as const;

/** Builds samples of three kinds that have no Dockerfile, in the cluster with all planes; each has to do its work. */
export const checkBuiltSamples = async (world: World): Promise<void> => {
  for (const [folder, component] of [
    ["python-from-source", "catalog"],
    ["website-from-source", "bookshop"],
    ["task-from-source", "stocktaking"],
  ] as const) {
    await world.box.ok(["apply", "-f", path.join(samples, folder)]);
    const { stdout } = await world.box.ok(["build", component]);
    expect(stdout).toMatch(/@sha256:[0-9a-f]{64}\n$/);
  }
  // Not a second later: build returns when it serves.
  expect(JSON.parse((await world.ask("catalog", "development")).body)).toMatchObject({ books: expect.any(Array) });
  const page = readFileSync(path.join(samples, "website-from-source", "src", "index.html"), "utf8");
  expect((await world.ask("bookshop", "development")).body).toBe(page);
  expect((await world.ask("bookshop", "development", "/style.css")).status).toBe(200);
  expect(await runTask(world, "stocktaking")).toContain("1 title is to be ordered");
};

/** What a run of a scheduled task prints, begun now. */
const runTask = async (world: World, component: string): Promise<string> => {
  const client = await world.client(world.name);
  const label = `component-name=${component}`;
  const cronJob = await untilTrue("the CronJob", async () => {
    const [found] = await world.list(world.name, { apiVersion: "batch/v1", kind: "CronJob" }, label);
    return found as unknown as { metadata: { namespace: string }; spec: { jobTemplate: { spec: object } } } | undefined;
  });
  const { namespace } = cronJob.metadata;
  const name = `${component}-now`;
  await client.create({
    ...{ apiVersion: "batch/v1", kind: "Job", metadata: { name, namespace } },
    spec: cronJob.spec.jobTemplate.spec,
  });
  const pod = await untilTrue("the task to end", async () => {
    const [found] = await world.list(world.name, POD, `batch.kubernetes.io/job-name=${name}`);
    const { phase = "" } = (found?.["status"] ?? {}) as { phase?: string };
    return ["Succeeded", "Failed"].includes(phase) ? found : undefined;
  });
  let printed = "";
  for await (const piece of client.logs({ namespace, name: pod.metadata.name })) printed += piece;
  return printed;
};
