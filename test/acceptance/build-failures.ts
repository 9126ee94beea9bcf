import { cpSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "vitest";
import type { AnyObject } from "../../src/k8s/types.ts";
import { docker } from "../helpers/docker.ts";
import { untilTrue } from "../helpers/until.ts";
import type { World } from "./world.ts";

const sample = path.resolve(import.meta.dirname, "../../samples/service-from-source");
const BUILD = { apiVersion: "core.choreo.dev/v1", kind: "Build" } as const;
const ARTIFACT = { apiVersion: "core.choreo.dev/v1", kind: "DeployableArtifact" } as const;
const WORKFLOW = { apiVersion: "argoproj.io/v1alpha1", kind: "Workflow" } as const;
const COMPONENT = "core.choreo.dev/component=fragile";

/** Builds that cannot succeed say why and leave nothing; the next one heals. */
export const checkBuildFailures = async (world: World): Promise<void> => {
  const { box, name } = world;
  const folder = path.join(box.dir, "fragile");
  cpSync(sample, folder, { recursive: true });
  const resources = path.join(folder, "resources.yaml");
  writeFileSync(resources, readFileSync(resources, "utf8").replaceAll("hello", "fragile"));
  await box.ok(["apply", "-f", folder]);
  const dockerfile = path.join(folder, "src", "Dockerfile");
  const good = readFileSync(dockerfile, "utf8");

  writeFileSync(dockerfile, good.replace("COPY", "COPPY"));
  const bad = await box.run(["build", "fragile"]);
  expect(bad.code).toBe(1);
  expect(bad.stderr).toContain("E_BUILD");
  expect(bad.stderr).toMatch(/unknown instruction: COPPY/i);

  writeFileSync(dockerfile, good.replace(/RUN .*/, "RUN sleep 603"));
  const slow = await box.ok(["build", "fragile", "--no-wait"]);
  const slowBuild = slow.stdout.trim().replace("build/", "");
  await reasonOf(world, slowBuild, "StepTestSucceeded", "Progressing");
  const client = await world.client(name);
  const workflow = await untilTrue("the workflow", async () => {
    const found = await world.list(name, WORKFLOW);
    return found.find(({ metadata }) => metadata.labels?.["build"] === slowBuild)?.metadata;
  });
  await client.mergePatch({ ...WORKFLOW, ...workflow }, { spec: { activeDeadlineSeconds: 1 } });
  const failed = await reasonOf(world, slowBuild, "Completed", "BuildFailed");
  expect(failed.message).toMatch(/deadline/i);

  expect(await world.list(name, ARTIFACT, COMPONENT)).toEqual([]);
  writeFileSync(dockerfile, good);
  await box.ok(["build", "fragile"]);
  expect((await world.ask("fragile", "development", "?name=Ada")).body).toBe("Hello, Ada!\n");
};

/** A registry that is gone fails the push, and nothing else; when it is back the next build heals. */
export const checkRegistryKilled = async (world: World): Promise<void> => {
  const { name } = world;
  const client = await world.client(name);
  const [healthy] = await world.list(name, BUILD, COMPONENT);
  const again = async (build: string): Promise<void> => {
    const { namespace = "", labels = {} } = healthy?.metadata ?? {};
    const metadata = { name: build, namespace, labels: { ...labels, "core.choreo.dev/name": build } };
    const env = [{ name: "OF_BUILD", value: build }];
    await client.create({ ...BUILD, metadata, spec: { ...(healthy?.["spec"] as object), buildEnvironment: { env } } });
  };
  await docker("kill", `${name}-registry`);
  await again("fragile-without-registry");
  const failed = await reasonOf(world, "fragile-without-registry", "Completed", "BuildFailed");
  expect(failed.message).toMatch(/^(clone|test|build|push): .*\n[\s\S]*choreo-registry/);
  expect((await world.ask("fragile", "development", "?name=Ada")).body).toBe("Hello, Ada!\n");
  await docker("start", `${name}-registry`);
  await again("fragile-with-registry");
  await reasonOf(world, "fragile-with-registry", "Completed", "BuildCompleted");
};

interface Condition {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
}

/** The condition of a build, once it has the reason. */
export const reasonOf = (world: World, build: string, type: string, reason: string): Promise<Condition> =>
  untilTrue(
    `${type} of ${build} to be ${reason}`,
    async () => {
      const found: AnyObject | undefined = (await world.list(world.name, BUILD)).find(
        ({ metadata }) => metadata.name === build,
      );
      const { conditions = [] } = (found?.["status"] ?? {}) as { conditions?: Condition[] };
      return conditions.find((condition) => condition.type === type && condition.reason === reason);
    },
    240_000,
  );
