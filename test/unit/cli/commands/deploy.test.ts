import { describe, expect, test } from "vitest";
import type { AnyObject } from "../../../../src/k8s/types.ts";
import { resourcesOf } from "../../../helpers/choreo-resources.ts";
import { type CliWorld, cliWorld, condition } from "../../../helpers/cli-world.ts";

const resources = resourcesOf("default-org");
const PATH = ["shop", "api", "main"] as const;

/** A component with two artifacts, b2 the newer one, and three environments. */
const world = (more: readonly AnyObject[] = []): CliWorld => {
  const made = cliWorld();
  made.control.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "default-org" } });
  const environments = ["development", "staging", "production"];
  for (const object of [
    ...environments.map((name) => resources.environment(name, "us-west-2")),
    resources.pipeline("line", environments),
    resources.project("shop", "line"),
    resources.component("api", "shop"),
    resources.track("main", "shop", "api"),
    resources.artifact("b1", PATH),
    resources.artifact("b2", PATH),
    ...more,
  ])
    made.control.put(object);
  return made;
};

const deployments = ({ control }: CliWorld): unknown[] =>
  control
    .objects("Deployment")
    .map(({ metadata, spec }) => [
      metadata.labels?.["core.choreo.dev/environment"],
      (spec as { deploymentArtifactRef: string }).deploymentArtifactRef,
    ]);

describe("deploy", () => {
  test("makes the Deployment of the first environment for the newest artifact, and points it elsewhere later", async () => {
    const made = world();
    expect((await made.run(["deploy", "api", "--no-wait"])).stdout).toBe("api  b2  in development  (new)\n");
    expect((await made.run(["deploy", "api", "--artifact", "b1", "--no-wait"])).stdout).toBe(
      "api  b1  in development  (before: b2)\n",
    );
    expect((await made.run(["deploy", "api", "--artifact", "b1", "--no-wait"])).stdout).toContain("(as before)");
    await made.run(["deploy", "api", "-e", "production", "--artifact", "b1", "--no-wait"]);
    expect(deployments(made)).toEqual([
      ["development", "b1"],
      ["production", "b1"],
    ]);
    const [first] = made.control.objects("Deployment");
    expect(first?.metadata.labels).toMatchObject({
      "core.choreo.dev/organization": "default-org",
      "core.choreo.dev/project": "shop",
      "core.choreo.dev/component": "api",
      "core.choreo.dev/deployment-track": "main",
    });
  });

  test("takes what a build made, and says why there is nothing of it", async () => {
    const ended = (name: string, status: "True" | "False", reason: string, message = ""): AnyObject => ({
      ...resources.build(name, PATH),
      status: { conditions: [condition("Completed", status, reason, message)] },
    });
    const made = world([
      ended("b1", "True", "BuildCompleted"),
      ended("b3", "False", "BuildFailed", "test: 1 failed\nlog"),
      ended("b4", "False", "BuildProgressing"),
    ]);
    expect((await made.run(["deploy", "api", "--build", "b1", "--no-wait"])).stdout).toContain("b1  in development");
    const failed = await made.run(["deploy", "api", "--build", "b3"]);
    expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining("test: 1 failed") });
    expect(failed.stderr).toContain("choreo-dev logs --build b3");
    expect(await made.run(["deploy", "api", "--build", "b4"])).toMatchObject({ code: 4, stdout: "" });
  });

  test.each([
    [["--artifact", "b3"], 1, 'did you mean "b'],
    [["--build", "b9"], 1, 'There is no build "b9"'],
    [["-e", "prodution"], 1, 'did you mean "production"'],
    [["--track", "mian"], 2, "--track main"],
    [["--artifact", "b1", "--build", "b1"], 2, "leave one of them away"],
  ])("refuses what is not there: %j", async (args, code, text) => {
    const made = world();
    const result = await made.run(["deploy", "api", ...args]);
    expect(result).toMatchObject({ code, stdout: "" });
    expect(result.stderr).toContain(text);
    expect(deployments(made)).toEqual([]);
    expect(made.openPlatforms()).toBe(0);
  });

  test("names the way to something that can be deployed", async () => {
    const made = world([
      resources.component("web", "shop"),
      {
        ...resources.track("main", "shop", "web"),
        metadata: { ...resources.track("main", "shop", "web").metadata, name: "web-main" },
      },
    ]);
    expect((await made.run(["deploy", "web"])).stderr).toContain("choreo-dev build web");
  });
});
