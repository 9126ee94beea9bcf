import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "vitest";
import { parseAllDocuments } from "yaml";
import type { AnyObject } from "../../src/k8s/types.ts";
import type { World } from "./world.ts";
import { reasonOf } from "./build-failures.ts";

const sample = path.resolve(import.meta.dirname, "../../samples/own-workflow");
const BUILD = { apiVersion: "core.choreo.dev/v1", kind: "Build" } as const;

/** Builds by a workflow of the user's own that calls the platform's steps; its own step stops a build. */
export const checkOwnWorkflow = async (world: World): Promise<void> => {
  const { box, name } = world;
  const client = await world.client(name);
  const templates = parseAllDocuments(readFileSync(path.join(sample, "workflow-template.yaml"), "utf8"));
  for (const template of templates) await client.apply(template.toJS() as AnyObject);
  await box.ok(["apply", "-f", path.join(sample, "resources.yaml")]);
  const { stdout } = await box.ok(["build", "reviewed"]);
  expect(stdout).toMatch(/@sha256:[0-9a-f]{64}\n$/);
  expect((await world.ask("reviewed", "development")).body).toContain("The Dispossessed");

  const [built] = await world.list(name, BUILD, "core.choreo.dev/component=reviewed");
  const { namespace = "", labels = {} } = built?.metadata ?? {};
  const workflowTemplate = { name: "checked-build", parameters: [{ name: "licence", value: "none" }] };
  await client.create({
    ...BUILD,
    metadata: { name: "reviewed-none", namespace, labels: { ...labels, "core.choreo.dev/name": "reviewed-none" } },
    spec: { ...(built?.["spec"] as object), buildConfiguration: { workflowTemplate } },
  });
  const failed = await reasonOf(world, "reviewed-none", "Completed", "BuildFailed");
  expect(failed.message).toMatch(/^clone: licence-check: Error \(exit code 1\)\n.*reviewed.* has no licence$/);
};
