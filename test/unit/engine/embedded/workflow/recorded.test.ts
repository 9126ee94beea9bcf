import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Workflow } from "../../../../../src/engine/embedded/workflow/types.ts";
import { normalise } from "../../../../helpers/workflow-outcome.ts";
import { WORKFLOWS, type World, readWorkflow, startWorld } from "./world.ts";

const names = readdirSync(WORKFLOWS)
  .filter((file) => file.endsWith(".yaml"))
  .map((file) => file.slice(0, -".yaml".length));

const WHEN_RUNNING = "suite.choreo.dev/when-running";

const isUnderWay = ({ status }: Workflow): boolean =>
  Object.values(status?.nodes ?? {}).some(
    ({ type, phase }) => (type === "Suspend" || type === "Pod") && phase === "Running",
  );

describe("a workflow ends as on Argo Workflows 3.7.3", () => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld();
  }, 60_000);

  afterAll(async () => {
    await world.stop();
  });

  test.each(names)("%s", async (name) => {
    const objects = readWorkflow(name);
    await world.create(objects);
    const patch = objects.find(({ kind }) => kind === "Workflow")?.metadata.annotations?.[WHEN_RUNNING];
    if (patch !== undefined) {
      const { metadata, apiVersion, kind } = await world.until(name, "a node that runs", isUnderWay);
      await world.client.mergePatch({ apiVersion, kind, name, namespace: metadata.namespace }, JSON.parse(patch));
    }
    const expected: unknown = JSON.parse(readFileSync(path.join(WORKFLOWS, "expected", `${name}.json`), "utf8"));
    expect(normalise(await world.ended(name))).toEqual(expected);
    expect(world.complaints).toEqual([]);
  });
});
