import { spawnSync } from "node:child_process";
import { beforeAll, describe, expect, test } from "vitest";
import { createWorld } from "../acceptance/world.ts";
import { readRecorded, runSteps, type Answer } from "./kubectl/run.ts";

const hasKubectl = spawnSync("kubectl", ["version", "--client"], { stdio: "ignore" }).status === 0;

describe.skipIf(!hasKubectl)("kubectl on the embedded engine", () => {
  const world = createWorld("embedded", "kubectl");
  let answers: Answer[] = [];

  beforeAll(async () => {
    world.configure();
    await world.box.ok(["up"]);
    const { file, context } = world.kubeconfig(world.name);
    const client = await world.client(world.name);
    const namespace = `ns-${world.name}`;
    await client.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    answers = await runSteps(file, context, namespace);
  });

  test.each(readRecorded().map((recorded, at) => ({ ...recorded, at })))("$call", ({ at, ...recorded }) => {
    expect(answers[at]).toEqual(recorded);
  });
});
