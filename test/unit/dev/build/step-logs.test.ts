import { describe, expect, test } from "vitest";
import type { Build } from "../../../../src/crds/types.ts";
import { ciNamespace, workflowName } from "../../../../src/crds/names.ts";
import { followStepLogs, printStepLogs } from "../../../../src/dev/build/step-logs.ts";
import type { KubeClient } from "../../../../src/k8s/client.ts";
import { createMemoryCluster } from "../../../helpers/memory-cluster.ts";
import { resourcesOf } from "../../../helpers/choreo-resources.ts";

const build = resourcesOf("shop").build("api-1", ["web", "api", "main"]) as unknown as Build;
const namespace = ciNamespace("shop");
const signal = AbortSignal.timeout(30_000);

interface PodParts {
  readonly containers: Readonly<Record<string, "waiting" | "running" | "terminated">>;
  readonly node?: string;
}

/** A build plane whose containers have logs. */
const world = (
  logs: Readonly<Record<string, string>>,
): { plane: KubeClient; pod(name: string, parts: PodParts): void } => {
  const cluster = createMemoryCluster();
  cluster.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  const read: KubeClient["logs"] = async function* ({ name }, { container = "" } = {}) {
    yield logs[`${name}/${container}`] ?? logs[container] ?? "";
  };
  return {
    plane: { ...cluster.client, logs: read },
    pod: (name, { containers, node }) =>
      void cluster.put({
        apiVersion: "v1",
        kind: "Pod",
        metadata: {
          name,
          namespace,
          labels: { "workflows.argoproj.io/workflow": workflowName("api-1") },
          annotations: { "workflows.argoproj.io/node-name": node ?? "api-1" },
        },
        spec: { containers: Object.keys(containers).map((container) => ({ name: container })) },
        status: {
          containerStatuses: Object.entries(containers).map(([container, state]) => ({
            name: container,
            state: { [state]: {} },
          })),
        },
      }),
  };
};

describe("the logs of a build's steps", () => {
  test("are those of the containers of its pod, in the order of the steps, without the executor's words", async () => {
    const executor = 'time="2026" level=info msg="sub-process exited" argo=true error="<nil>"\nError: exit status 1\n';
    const made = world({
      main: "pushed",
      "test-step": `2 tests\nok\n${executor}`,
      "clone-step": "cloned\n",
      "build-step": "x",
    });
    made.pod("p", {
      containers: {
        main: "terminated",
        wait: "terminated",
        "build-step": "waiting",
        "test-step": "terminated",
        "clone-step": "terminated",
      },
    });
    const lines: string[] = [];
    const count = await printStepLogs(made.plane, build, {
      signal,
      onLine: (step, line) => lines.push(`${step}: ${line}`),
    });
    expect(lines).toEqual(["clone: cloned", "test: 2 tests", "test: ok", "push: pushed"]);
    expect(count).toBe(4);
  });

  test("are those of the pods of a workflow of the user's own, by the names of its steps", async () => {
    const made = world({ "a/main": "one\n", "b/main": "two\n" });
    made.pod("a", { containers: { main: "terminated", wait: "terminated" }, node: "api-1[0].fetch" });
    made.pod("b", { containers: { main: "running", wait: "running" }, node: "api-1.build-step" });
    const lines: string[] = [];
    await printStepLogs(made.plane, build, { signal, onLine: (step, line) => lines.push(`${step}: ${line}`) });
    expect(lines).toEqual(["fetch: one", "build: two"]);
  });

  test("are followed until the build has ended, with what begins last", async () => {
    const made = world({ "a/main": "one\n", "b/main": "two\n" });
    made.pod("a", { containers: { main: "running" }, node: "api-1.clone-step" });
    const lines: string[] = [];
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    await followStepLogs(made.plane, build, {
      ended,
      signal,
      onLine: (step, line) => {
        lines.push(`${step}: ${line}`);
        if (step !== "clone") return;
        made.pod("b", { containers: { main: "terminated" }, node: "api-1.test-step" });
        end();
      },
    });
    expect(lines).toEqual(["clone: one", "test: two"]);
  });

  test("are none where nothing ran", async () => {
    expect(await printStepLogs(world({}).plane, build, { signal, onLine: () => undefined })).toBe(0);
  });
});
