import { describe, expect, test } from "vitest";
import { ciNamespace, workflowName } from "../../../../src/crds/names.ts";
import type { KubeClient } from "../../../../src/k8s/client.ts";
import type { AnyObject } from "../../../../src/k8s/types.ts";
import { resourcesOf } from "../../../helpers/choreo-resources.ts";
import { type CliWorld, cliWorld } from "../../../helpers/cli-world.ts";

const resources = resourcesOf("default-org");
const at = (seconds: number): string => new Date(Date.UTC(2030, 0, 1) + seconds * 1000).toISOString();

const build = (
  name: string,
  conditions: Readonly<Record<string, string>>,
  steps: object[],
  component = "api",
): AnyObject => ({
  ...resources.build(name, ["shop", component, "main"]),
  status: {
    steps,
    conditions: Object.entries(conditions).map(([type, reason]) => ({
      ...{ type, reason, message: "m", lastTransitionTime: at(60) },
      status: ["BuildCompleted", "Succeeded", "Skipped"].includes(reason) ? "True" : "False",
    })),
  },
});

const FAILED = build(
  "api-1",
  {
    StepCloneSucceeded: "Succeeded",
    StepTestSucceeded: "Failed",
    StepBuildSucceeded: "Queued",
    Completed: "BuildFailed",
  },
  [
    { name: "clone", startedAt: at(10), finishedAt: at(12) },
    { name: "test", startedAt: at(12), finishedAt: at(17) },
  ],
);
const QUEUED = build("api-2", { StepCloneSucceeded: "Queued", Completed: "BuildProgressing" }, []);
const REFUSED = build("web-1", { StepCloneSucceeded: "Queued", Completed: "NoBuildPlaneFound" }, [], "web");

const world = (): CliWorld => {
  const logs: KubeClient["logs"] = async function* (_pod, { container = "" } = {}) {
    yield `${container} one\n`;
  };
  const made = cliWorld({ west: (client) => ({ ...client, logs }) });
  for (const cluster of [made.control, made.west])
    for (const name of ["default-org", ciNamespace("default-org")])
      cluster.put({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
  for (const object of [
    resources.component("api", "shop"),
    resources.component("web", "shop"),
    FAILED,
    QUEUED,
    REFUSED,
  ])
    made.control.put(object);
  const labels = { "workflows.argoproj.io/workflow": workflowName("api-1") };
  const containers = ["clone-step", "test-step", "main"].map((name) => ({ name }));
  made.west.put({
    ...{ apiVersion: "v1", kind: "Pod", metadata: { name: "p", namespace: ciNamespace("default-org"), labels } },
    spec: { containers },
    status: { containerStatuses: containers.slice(0, 2).map(({ name }) => ({ name, state: { terminated: {} } })) },
  });
  return made;
};

describe("get builds", () => {
  test("shows how each goes, and how long its steps took", async () => {
    const { stdout } = await world().run(["get", "builds"]);
    const [heading = "", ...rows] = stdout.trimEnd().split("\n");
    expect(heading).toMatch(/^NAME +STATUS +TOOK +STEPS +REVISION +AGE +COMPONENT/);
    expect(rows[0]).toMatch(/^api-1 +failed in test +\d+s +clone 2s · test 5s +- /);
    expect(rows[1]).toMatch(/^api-2 +queued +0s +- /);
    expect(rows[2]).toMatch(/^web-1 +NoBuildPlaneFound /);
  });
});

describe("logs --build", () => {
  test("prints all steps of a build that is named, with the step before each line", async () => {
    const { code, stdout, stderr } = await world().run(["logs", "--build", "api-1"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "clone   clone-step one\ntest    test-step one\n" });
    expect(stderr).toBe("build/api-1  failed in test\n");
  });

  test("takes the newest build of a component, and says when it has no log", async () => {
    const { code, stderr } = await world().run(["logs", "api", "--build"]);
    expect(code).toBe(1);
    expect(stderr).toContain("build/api-2  queued\n");
    expect(stderr).toContain("its steps have not begun");
  });

  test.each([
    [["apj", "--build"], 1, 'did you mean "api"'],
    [["api", "--build", "--previous"], 2, "--previous is for the logs of pods"],
  ])("refuses what it cannot do: %j", async (args, code, text) => {
    const result = await world().run(["logs", ...args]);
    expect(result).toMatchObject({ code, stdout: "" });
    expect(result.stderr).toContain(text);
  });
});

describe("build", () => {
  test("says that there is nothing to build, and how to change that", async () => {
    const { code, stderr } = await world().run(["build"]);
    expect(code).toBe(1);
    expect(stderr).toContain("No component has a source to build");
    expect(stderr).toContain("choreo-dev init");
  });
});
