import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { KINDS } from "../../../../src/crds/definitions.ts";
import { columnsOf } from "../../../../src/cli/resources/columns.ts";
import { findKind, namesOf } from "../../../../src/resources/kinds.ts";
import { cliWorld, condition, resource } from "../../../helpers/cli-world.ts";

const KEY = "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0t";

const world = (): ReturnType<typeof cliWorld> => {
  const made = cliWorld();
  for (const name of ["default-org", "acme"])
    made.control.put({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
  made.control.put(
    resource("DataPlane", "us-west-2", {
      spec: {
        kubernetesCluster: {
          name: "shop-us-west-2",
          credentials: { apiServerURL: "https://127.0.0.1:1", clientKey: KEY },
        },
      },
      status: {
        conditions: [
          condition("Created", "True", "DataPlaneCreated"),
          condition("Reachable", "False", "ConnectionFailed", "no route"),
        ],
      },
    }),
  );
  made.control.put(resource("Component", "catalog", { labels: { project: "shop" }, spec: { type: "Service" } }));
  made.control.put(
    resource("Component", "storefront", { labels: { project: "web" }, spec: { type: "WebApplication" } }),
  );
  const elsewhere = resource("Component", "billing", {
    labels: { project: "shop", organization: "acme" },
    spec: { type: "Service" },
  });
  made.control.put({ ...elsewhere, metadata: { ...elsewhere.metadata, namespace: "acme" } });
  return made;
};

describe("get", () => {
  test("finds a name among all kinds, and says when nothing has it", async () => {
    const { code, stdout } = await world().run(["get", "all", "catalog"]);
    expect([code, stdout.split("\n")[0]]).toEqual([0, "components"]);
    expect(await world().run(["get", "all", "nobody"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("Nothing is called nobody"),
    });
  });

  test("shows no key that kubectl has copied into an annotation", async () => {
    const made = world();
    const [plane] = made.control.objects("DataPlane");
    const annotations = { "kubectl.kubernetes.io/last-applied-configuration": JSON.stringify(plane), note: "kept" };
    made.control.put({ ...plane!, metadata: { ...plane!.metadata, annotations } });
    const { stdout } = await made.run(["get", "dp", "us-west-2", "-o", "yaml"]);
    expect(stdout).toContain("note: kept");
    expect(stdout).not.toContain(KEY);
  });

  test("prints a table with the state that the conditions come to", async () => {
    const { stdout } = await world().run(["get", "dp"]);
    const [heading, line] = stdout.split("\n");
    expect(heading).toMatch(/^NAME +CLUSTER +STATUS +AGE +ORGANIZATION$/);
    expect(line).toMatch(/^us-west-2 +shop-us-west-2 +ConnectionFailed /);
  });

  test.each([
    [["-n", "acme"], ["billing"]],
    [
      ["--project", "shop"],
      ["billing", "catalog"],
    ],
    [["--project", "web"], ["storefront"]],
    [
      ["catalog", "storefront"],
      ["catalog", "storefront"],
    ],
    [["--component", "catalog"], ["catalog"]],
  ])("narrows by %j", async (args, names) => {
    const { stdout } = await world().run(["get", "components", ...args, "-o", "json"]);
    const { items } = JSON.parse(stdout) as { items: { metadata: { name: string } }[] };
    expect(items.map(({ metadata }) => metadata.name).sort()).toEqual(names);
  });

  test("prints one object when it is named", async () => {
    const { stdout } = await world().run(["get", "component", "catalog", "-o", "yaml"]);
    expect(parse(stdout)).toMatchObject({
      kind: "Component",
      metadata: { name: "catalog" },
      spec: { type: "Service" },
    });
  });

  test.each(["json", "yaml", "table"])("never shows a key as %s", async (format) => {
    const { stdout } = await world().run(["get", "dataplane", "-o", format]);
    expect(stdout).toContain("us-west-2");
    expect(stdout).not.toContain(KEY);
  });

  test("shows every kind that has objects under its own heading", async () => {
    const { stdout } = await world().run(["get", "all"]);
    expect(stdout).toContain("dataplanes\nNAME");
    expect(stdout).toContain("components\nNAME");
    expect(stdout).not.toContain("builds");
  });

  test("leaves stdout empty when there is nothing", async () => {
    expect(await world().run(["get", "builds"])).toMatchObject({ code: 0, stdout: "", stderr: "no builds found\n" });
    expect(JSON.parse((await world().run(["get", "builds", "-o", "json"])).stdout)).toMatchObject({ items: [] });
  });

  test("says which name was meant", async () => {
    const { code, stderr } = await world().run(["get", "component", "catalgo"]);
    expect(code).toBe(1);
    expect(stderr).toContain("E_NOT_FOUND");
    expect(stderr).toContain('"catalog"');
  });

  test("says which kind was meant", async () => {
    const { code, stderr } = await world().run(["get", "compnents"]);
    expect(code).toBe(2);
    expect(stderr).toContain('"components"');
  });

  test("stays within the terminal", async () => {
    const { stdout } = await world().run(["get", "components"], { columns: 60 });
    expect(stdout.split("\n").filter(({ length }) => length > 60)).toEqual([]);
    // A name that was cut could not be copied.
    expect(stdout).toContain("storefront ");
  });

  test("knows each kind by all its names, and no name twice", () => {
    const names = KINDS.flatMap(namesOf);
    expect(new Set(names).size).toBe(names.length);
    for (const kind of KINDS) for (const name of namesOf(kind)) expect(findKind(name.toUpperCase())).toBe(kind);
  });

  test("shows any object of any kind, also one without a spec", () => {
    for (const { kind } of KINDS) {
      for (const [, value] of columnsOf(kind)) expect(typeof value(resource(kind, "empty"))).toBe("string");
    }
  });
});
