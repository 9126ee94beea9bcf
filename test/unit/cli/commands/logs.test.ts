import { describe, expect, test } from "vitest";
import type { KubeClient, LogOptions } from "../../../../src/k8s/client.ts";
import { cliWorld, condition, resource } from "../../../helpers/cli-world.ts";

const pod = (
  name: string,
  component = "catalog",
  environment = "development",
): Parameters<ReturnType<typeof cliWorld>["west"]["put"]>[0] => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name,
    namespace: "dp-shop",
    labels: {
      "organization-name": "default-org",
      "project-name": "shop",
      "component-name": component,
      "environment-name": environment,
    },
  },
  status: { containerStatuses: [{ name: "main", containerID: `containerd://${name}` }] },
});

const world = (asked: LogOptions[] = []): ReturnType<typeof cliWorld> => {
  const logs: KubeClient["logs"] = async function* ({ name }, options = {}) {
    asked.push(options);
    yield `${name} one\n${name} t`;
    yield `wo\n${name} three`;
  };
  const made = cliWorld({ west: (client) => ({ ...client, logs }) });
  made.control.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "default-org" } });
  made.west.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "dp-shop" } });
  made.control.put(resource("Component", "catalog", { labels: { project: "shop" } }));
  for (const [environment, plane] of [
    ["development", "us-west-2"],
    ["production", "eu-central-1"],
  ] as const) {
    made.control.put(resource("Environment", environment, { spec: { dataPlaneRef: plane } }));
  }
  made.control.put(
    resource("Deployment", "catalog-development", {
      labels: { project: "shop", component: "catalog", environment: "development" },
      status: { conditions: [condition("Ready", "False", "ImagePullBackOff", "no such image")] },
    }),
  );
  return made;
};

describe("logs", () => {
  test("prints the log of the only pod as it is", async () => {
    const made = world();
    made.west.put(pod("a"));
    made.west.put(pod("other", "storefront"));
    made.west.put(pod("elsewhere", "catalog", "staging"));
    expect(await made.run(["logs", "catalog", "-e", "development"])).toEqual({
      code: 0,
      stdout: "a one\na two\na three\n",
      stderr: "",
    });
  });

  test("names the pod of each line where there are several", async () => {
    const made = world();
    made.west.put(pod("a"));
    made.west.put(pod("b"));
    const { stdout } = await made.run(["logs", "catalog"]);
    expect(stdout.split("\n").filter((line) => /^a {2}a /.test(line))).toHaveLength(3);
    expect(stdout.split("\n").filter((line) => /^b {2}b /.test(line))).toHaveLength(3);
  });

  test("hands the limits on", async () => {
    const asked: LogOptions[] = [];
    const made = world(asked);
    made.west.put(pod("a"));
    await made.run(["logs", "catalog", "--tail", "5", "--since", "1h30m", "--previous"]);
    expect(asked).toMatchObject([{ tailLines: 5, sinceSeconds: 5400, previous: true, container: "main" }]);
  });

  test("follows until it is interrupted, and then ends without an error", async () => {
    const made = world();
    made.west.put(pod("a"));
    const abort = new AbortController();
    const running = made.run(["logs", "catalog", "-f"], { signal: abort.signal });
    setImmediate(() => abort.abort(new Error("Ctrl-C")));
    const { code, stderr } = await running;
    expect({ code, stderr }).toEqual({ code: 130, stderr: "" });
  });

  test("says why there is no pod", async () => {
    const { code, stderr } = await world().run(["logs", "catalog", "-e", "development"]);
    expect(code).toBe(1);
    expect(stderr).toContain("ImagePullBackOff: no such image");
  });

  test("asks for the environment when there are several", async () => {
    const made = world();
    made.control.put(
      resource("Deployment", "catalog-production", {
        labels: { project: "shop", component: "catalog", environment: "production" },
      }),
    );
    const { code, stderr } = await made.run(["logs", "catalog"]);
    expect(code).toBe(2);
    expect(stderr).toContain("development, production");
  });

  test("knows what there is not", async () => {
    expect((await world().run(["logs", "catalogue"])).stderr).toContain('"catalog"');
    expect((await world().run(["logs", "catalog", "-e", "qa"])).stderr).toContain("E_NOT_FOUND");
  });
});
