import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { cliWorld, condition, resource } from "../../../helpers/cli-world.ts";

const HELD = "core.choreo.dev/project-cleanup";

const withProject = (finalizers: string[] = []): ReturnType<typeof cliWorld> => {
  const world = cliWorld();
  world.control.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "default-org" } });
  const object = resource("Project", "portal", {
    status: { conditions: [condition("Finalizing", "True", "ProjectFinalizing", "Waiting for Component api")] },
  });
  world.control.put({ ...object, metadata: { ...object.metadata, finalizers } });
  return world;
};

describe("delete", () => {
  test("returns when the object is gone", async () => {
    const world = withProject();
    expect(await world.run(["delete", "project", "portal"])).toMatchObject({
      code: 0,
      stdout: "project/portal deleted\n",
    });
    expect(world.control.objects("Project")).toEqual([]);
  });

  test("says what a deletion waits for, and gives up with a time-out", async () => {
    const world = withProject([HELD]);
    const { code, stdout, stderr } = await world.run(["delete", "proj", "portal", "--timeout", "300ms"]);
    expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
    expect(stderr).toContain("waiting for project/portal: Waiting for Component api");
    expect(stderr).toContain("E_NOT_READY");
    expect(stderr).toContain("--force");
  });

  test("marks what may be left behind", async () => {
    const world = withProject([HELD]);
    const { code, stdout } = await world.run(["delete", "project", "portal", "--force", "--no-wait"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "project/portal deletion started\n" });
    const [project] = world.control.objects("Project");
    expect(project?.metadata.annotations).toEqual({ "core.choreo.dev/force-delete": "true" });
    expect(project?.metadata.deletionTimestamp).toBeDefined();
  });

  test("takes what apply took, and does not mind what is gone already", async () => {
    const world = withProject();
    const manifests = [resource("Project", "portal"), resource("Project", "gone")]
      .map((object) => stringify(object))
      .join("---\n");
    const { code, stdout } = await world.run(["delete", "-f", "-"], { stdin: manifests });
    expect(code).toBe(0);
    expect(stdout.split("\n").sort()).toEqual(["", "project/gone is not there", "project/portal deleted"]);
  });

  test("does not delete anything when one name is wrong", async () => {
    const world = withProject();
    const { code, stderr } = await world.run(["delete", "project", "portal", "partal"]);
    expect(code).toBe(1);
    expect(stderr).toContain("E_NOT_FOUND");
    expect(world.control.objects("Project")).toHaveLength(1);
  });

  test.each([
    [["delete"]],
    [["delete", "project"]],
    [["delete", "project", "x", "-f", "-"]],
    [["delete", "project", "x", "--timeout", "soon"]],
  ])("refuses %j as wrong usage", async (argv) => {
    expect((await withProject().run(argv)).code).toBe(2);
  });
});
