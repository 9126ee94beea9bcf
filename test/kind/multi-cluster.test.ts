import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sandbox } from "../helpers/cli.ts";
import { leftovers, processesWith } from "../helpers/docker.ts";
import { kubectl, untilTrue } from "../helpers/kubectl.ts";
import { runPrintedLine } from "../helpers/shell-line.ts";

const samples = path.resolve(import.meta.dirname, "../../samples");
const box = sandbox("multi");
const name = `m${randomBytes(3).toString("hex")}`;

const configure = (data: string): void =>
  writeFileSync(
    path.join(box.dir, "choreo-dev.yaml"),
    `apiVersion: choreo-dev/v1alpha1\nkind: Platform\nname: ${name}\ntopology: multi-cluster\nplanes:\n  data:\n${data}`,
  );

/** Asks the cluster of one plane. */
const ask = (plane: string, ...args: string[]): Promise<string> =>
  kubectl(
    path.join(box.home, "state", "choreo-dev", name, "kubeconfigs", `${name}-${plane}.yaml`),
    `kind-${name}-${plane}`,
    ...args,
  );

const workloads = (plane: string): Promise<string> =>
  ask(
    plane,
    "get",
    "deployments.apps",
    "-A",
    "-l",
    "managed-by=choreo-deployment-controller",
    "-o",
    "jsonpath={.items[*].metadata.labels.environment-name}",
  );

const answerOf = async (environment: string): Promise<string> => {
  const line = (await box.run(["url", "webapp", "-e", environment, "--curl"])).stdout.trim().split("\n")[0] ?? "";
  return line === "" ? "" : (await runPrintedLine(`${line} -s -o /dev/null -w '%{http_code}'`, box.env)).stdout;
};

beforeAll(async () => {
  configure("    - { name: us-west-2, region: us-west-2 }\n");
  await box.ok(["up"]);
  await box.ok(["apply", "-f", path.join(samples, "webapp-from-image")]);
  await box.ok(["apply", "-f", path.join(samples, "webapp-from-image", "promote")]);
});

afterAll(async () => {
  await box.run(["down", "--force"]);
  box.remove();
});

describe("one cluster per plane", () => {
  test("serves all environments from its only data plane", async () => {
    for (const environment of ["development", "production"]) {
      await untilTrue(`an answer of ${environment}`, async () =>
        (await answerOf(environment)) === "200" ? true : undefined,
      );
    }
    expect((await workloads("us-west-2")).split(" ").toSorted()).toEqual(["development", "production", "staging"]);
  });

  test("takes a second data plane while it runs, and production moves there", async () => {
    configure(
      "    - { name: us-west-2, region: us-west-2, environments: [development, staging] }\n    - { name: eu-central-1, region: eu-central-1, environments: [production] }\n",
    );
    const plan = JSON.parse((await box.ok(["plan", "-o", "json"])).stdout) as {
      steps: { id: string; change: string }[];
    };
    expect(plan.steps.filter(({ change }) => change === "recreate" || change === "remove")).toEqual([]);
    expect(plan.steps.map(({ id, change }) => `${change} ${id}`)).toContain(`add cluster/${name}-eu-central-1`);
    await box.ok(["up"]);
    await untilTrue("production on the second data plane only", async () => {
      const [west, central] = await Promise.all([workloads("us-west-2"), workloads("eu-central-1")]);
      return central === "production" && !west.includes("production") ? true : undefined;
    });
    await untilTrue("an answer of production", async () =>
      (await answerOf("production")) === "200" ? true : undefined,
    );
    const urls = (await box.ok(["url", "webapp"])).stdout
      .trim()
      .split("\n")
      .map((url) => new URL(url));
    const portOf = (environment: string): string | undefined =>
      urls.find(({ host }) => host.includes(environment))?.port;
    expect(portOf("production")).not.toBe(portOf("development"));
    expect(JSON.parse((await box.ok(["plan", "-o", "json"])).stdout)).toMatchObject({ steps: [] });
  });

  test("keeps resources in the control plane, workloads in data planes and Argo in the build plane", async () => {
    const kinds = (plane: string, group: string): Promise<string> =>
      ask(plane, "api-resources", `--api-group=${group}`, "-o", "name");
    expect((await kinds("control", "core.choreo.dev")).split("\n")).toHaveLength(13);
    expect(await workloads("control")).toBe("");
    expect(await workloads("build")).toBe("");
    for (const plane of ["us-west-2", "eu-central-1", "build"]) expect(await kinds(plane, "core.choreo.dev")).toBe("");
    expect(await kinds("build", "argoproj.io")).toContain("workflows.argoproj.io");
    for (const plane of ["control", "us-west-2", "eu-central-1"]) expect(await kinds(plane, "argoproj.io")).toBe("");
  });

  test("gives every cluster networks of its own", async () => {
    const planes = ["control", "us-west-2", "eu-central-1", "build"];
    const subnets = await Promise.all(
      planes.map((plane) => ask(plane, "get", "nodes", "-o", "jsonpath={.items[0].spec.podCIDR}")),
    );
    expect(new Set(subnets).size).toBe(planes.length);
  });

  test("leaves nothing after down", async () => {
    await box.ok(["down"]);
    expect(await leftovers(name)).toEqual([]);
    expect(await processesWith(path.join(box.home, "state"))).toEqual([]);
  });
});
