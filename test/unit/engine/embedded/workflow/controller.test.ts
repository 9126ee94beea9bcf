import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { nodeId, podName } from "../../../../../src/engine/embedded/workflow/names.ts";
import type { Workflow } from "../../../../../src/engine/embedded/workflow/types.ts";
import type { AnyObject } from "../../../../../src/k8s/types.ts";
import { poll } from "../../../../../src/lib/poll.ts";
import { type World, startWorld } from "./world.ts";

const API = { apiVersion: "argoproj.io/v1alpha1", kind: "Workflow" } as const;
const POD = { apiVersion: "v1", kind: "Pod" } as const;
const image = "busybox:1.37";

const workflow = (name: string, spec: object): AnyObject => ({ ...API, metadata: { name }, spec });

const container = (name: string, ...command: string[]) => ({ name, container: { image, command } });

const nodeOf = ({ status, metadata }: Workflow, name: string) => status?.nodes?.[nodeId(metadata.name, name)];

describe("the workflow controller", () => {
  let world: World;

  const podsOf = async (name: string): Promise<AnyObject[]> => {
    const { items } = await world.client.list(POD, {
      namespace: "wf",
      labelSelector: `workflows.argoproj.io/workflow=${name}`,
    });
    return items;
  };

  const gone = async (what: string, find: () => Promise<unknown[]>): Promise<void> => {
    await poll(
      async () =>
        (await find()).length === 0 ? { done: true, value: undefined } : { done: false, missing: `${what} is there` },
      { timeoutMs: 20_000, intervalMs: 5, maxIntervalMs: 20, what: `the end of ${what}` },
    );
  };

  beforeAll(async () => {
    world = await startWorld();
  }, 60_000);

  afterAll(async () => {
    await world.stop();
  });

  test("goes on where another one stopped", async () => {
    const templates = [{ name: "wait", suspend: {} }, container("after", "true")];
    const steps = [[{ name: "wait", template: "wait" }], [{ name: "after", template: "after" }]];
    await world.create([
      workflow("goes-on", { entrypoint: "main", templates: [{ name: "main", steps }, ...templates] }),
    ]);
    const before = await world.until(
      "goes-on",
      "a suspended node",
      (each) => nodeOf(each, "goes-on[0].wait") !== undefined,
    );
    await world.restart();
    const id = nodeId("goes-on", "goes-on[0].wait");
    const { metadata } = before;
    // What `argo resume` does.
    await world.client.mergePatch(
      { ...API, name: "goes-on", namespace: metadata.namespace },
      { status: { nodes: { [id]: { phase: "Succeeded", finishedAt: "2030-01-01T00:00:00Z" } } } },
    );
    const { status } = await world.ended("goes-on");
    expect(status?.phase).toBe("Succeeded");
  });

  test("does not begin a workflow that is suspended", async () => {
    await world.create([
      workflow("held", { entrypoint: "main", suspend: true, templates: [container("main", "true")] }),
    ]);
    await world.create([workflow("held-marker", { entrypoint: "main", templates: [container("main", "true")] })]);
    await world.ended("held-marker");
    expect((await world.get("held"))?.status?.nodes).toBeUndefined();
    await world.client.mergePatch({ ...API, name: "held", namespace: "wf" }, { spec: { suspend: null } });
    expect((await world.ended("held")).status?.phase).toBe("Succeeded");
  });

  test("names, labels and owns pods as Argo does", async () => {
    const steps = [[{ name: "one", template: "show" }]];
    await world.create([
      workflow("pods", { entrypoint: "main", templates: [{ name: "main", steps }, container("show", "echo", "x")] }),
    ]);
    const { metadata } = await world.ended("pods");
    const name = podName("pods", "pods[0].one", "show");
    await world.until("pods", "its pods to be marked", () => true);
    const [pod] = await podsOf("pods");
    expect(name).toMatch(/^pods-show-\d+$/);
    expect(pod?.metadata).toMatchObject({
      name,
      annotations: {
        "workflows.argoproj.io/node-name": "pods[0].one",
        "workflows.argoproj.io/node-id": nodeId("pods", "pods[0].one"),
      },
      ownerReferences: [{ kind: "Workflow", name: "pods", uid: metadata.uid, controller: true }],
    });
  });

  test("gives a program a /tmp of its own, unless its folder is below /tmp", async () => {
    const script = { image, command: ["sh"], source: "true" };
    const metadata = { annotations: { "process.choreo.dev/dir": "/tmp/project" } };
    await world.create([workflow("own-tmp", { entrypoint: "main", templates: [{ name: "main", script }] })]);
    await world.create([workflow("seen-tmp", { entrypoint: "main", templates: [{ name: "main", script, metadata }] })]);
    await Promise.all([world.ended("own-tmp"), world.ended("seen-tmp")]);
    const [own] = await podsOf("own-tmp");
    const [seen] = await podsOf("seen-tmp");
    expect(own?.["spec"]).toMatchObject({ containers: [{ volumeMounts: [{ mountPath: "/tmp" }] }] });
    expect(JSON.stringify(seen?.["spec"])).not.toContain('"mountPath":"/tmp"');
  });

  test("leaves what a pod runs to the annotations of its template", async () => {
    const command = { "process.choreo.dev/command.main": "true" };
    await world.create([
      workflow("annotated", {
        entrypoint: "main",
        templates: [{ ...container("main", "false"), metadata: { annotations: command } }],
      }),
      workflow("host", { entrypoint: "main", templates: [container("main", "true")] }),
    ]);
    await Promise.all([world.ended("annotated"), world.ended("host")]);
    const hostCommands = "process.choreo.dev/host-commands.main";
    expect((await podsOf("annotated"))[0]?.metadata.annotations).not.toHaveProperty([hostCommands]);
    expect((await podsOf("host"))[0]?.metadata.annotations).toMatchObject({ [hostCommands]: "true" });
  });

  test("deletes pods as podGC says, and marks those that it keeps", async () => {
    const templates = [container("main", "true")];
    await world.create([workflow("gc", { entrypoint: "main", podGC: { strategy: "OnPodCompletion" }, templates })]);
    await world.create([workflow("no-gc", { entrypoint: "main", templates })]);
    await Promise.all([world.ended("gc"), world.ended("no-gc")]);
    await gone("the pod", () => podsOf("gc"));
    await gone("an unmarked pod", async () =>
      (await podsOf("no-gc")).filter(({ metadata }) => metadata.labels?.["workflows.argoproj.io/completed"] !== "true"),
    );
    expect(await podsOf("no-gc")).toHaveLength(1);
  });

  test("deletes an ended workflow when its time to live is over", async () => {
    const ttlStrategy = { secondsAfterSuccess: 60, secondsAfterFailure: 600 };
    await world.create([workflow("ttl", { entrypoint: "main", ttlStrategy, templates: [container("main", "true")] })]);
    await world.ended("ttl");
    await world.restart();
    await world.advance(59_000);
    expect(await world.get("ttl")).toBeDefined();
    await poll(
      async () => {
        await world.advance(1000);
        return (await world.get("ttl")) === undefined
          ? { done: true, value: undefined }
          : { done: false, missing: "it is there" };
      },
      { timeoutMs: 20_000, intervalMs: 5, maxIntervalMs: 20, what: "the end of the workflow" },
    );
  });

  test("a pod that somebody deletes is an error", async () => {
    await world.create([workflow("deleted", { entrypoint: "main", templates: [container("main", "sleep", "60")] })]);
    await world.until("deleted", "its pod to run", (each) => nodeOf(each, "deleted")?.phase === "Running");
    await world.client.delete({ ...POD, name: "deleted", namespace: "wf" });
    const { status } = await world.ended("deleted");
    expect(status).toMatchObject({ phase: "Error", message: "pod deleted" });
  });

  test("shows why a pod does not start", async () => {
    await world.create([workflow("unpulled", { entrypoint: "main", templates: [container("main", "sleep", "60")] })]);
    await world.until("unpulled", "its pod to run", (each) => nodeOf(each, "unpulled")?.phase === "Running");
    const waiting = { reason: "ImagePullBackOff", message: "Back-off pulling image" };
    const status = {
      phase: "Pending",
      containerStatuses: [{ name: "main", image, imageID: "", ready: false, restartCount: 0, state: { waiting } }],
    };
    await world.client.mergePatch({ ...POD, name: "unpulled", namespace: "wf" }, { status }, { subresource: "status" });
    const { status: found } = await world.until(
      "unpulled",
      "the reason",
      (each) => nodeOf(each, "unpulled")?.message !== undefined,
    );
    expect(found?.nodes?.["unpulled"]).toMatchObject({
      phase: "Pending",
      message: "ImagePullBackOff: Back-off pulling image",
    });
    await world.client.delete({ ...API, name: "unpulled", namespace: "wf" });
  });

  test("an output that main could not hand over does not hold the workflow up", async () => {
    const outputs = { parameters: [{ name: "out", valueFrom: { path: "/tmp/out" } }] };
    const main = { name: "main", container: { image, command: ["sleep", "60"] }, outputs };
    await world.create([workflow("killed", { entrypoint: "main", templates: [main] })]);
    await world.until("killed", "its pod to run", (each) => nodeOf(each, "killed")?.phase === "Running");
    const ended = {
      exitCode: 137,
      reason: "Error",
      startedAt: "2030-01-01T00:00:00Z",
      finishedAt: "2030-01-01T00:00:00Z",
    };
    const base = { image, imageID: "", ready: false, restartCount: 0 };
    const containerStatuses = [
      { ...base, name: "main", state: { terminated: ended } },
      { ...base, name: "wait", state: { running: { startedAt: ended.startedAt } } },
    ];
    await world.client.mergePatch(
      { ...POD, name: "killed", namespace: "wf" },
      { status: { containerStatuses } },
      { subresource: "status" },
    );
    const { status } = await world.ended("killed");
    expect(status).toMatchObject({ phase: "Failed", message: "main: Error (exit code 137)" });
    await gone("the pod", () => podsOf("killed"));
  });

  test.each([
    ["http", { http: { url: "http://localhost" } }, "template main: http is not supported on engine embedded"],
    [
      "artifact",
      { container: { image, command: ["true"] }, outputs: { artifacts: [{ name: "a", path: "/tmp/a" }] } },
      "template main: artifact a (other than raw ones for inputs) is not supported on engine embedded",
    ],
    [
      "patch",
      { container: { image, command: ["true"] }, podSpecPatch: "{}" },
      "template main: podSpecPatch is not supported on engine embedded",
    ],
    [
      "entrypoint",
      { script: { image, source: "x" } },
      "template main: an image's own command together with outputs, results or artifacts: name the command, which is not supported on engine embedded",
    ],
  ])("says that it does not support %s", async (name, template, message) => {
    await world.create([
      workflow(`refused-${name}`, { entrypoint: "main", templates: [{ name: "main", ...template }] }),
    ]);
    const { status } = await world.ended(`refused-${name}`);
    expect(status).toMatchObject({ phase: "Error", message });
  });

  test("says that it does not support a field of the workflow", async () => {
    await world.create([
      workflow("refused-field", { entrypoint: "main", synchronization: {}, templates: [container("main", "true")] }),
    ]);
    const { status } = await world.ended("refused-field");
    expect(status).toMatchObject({ phase: "Error", message: "synchronization is not supported on engine embedded" });
  });

  test.each<[string, object, string]>([
    [
      "name",
      { templates: [{ name: true, container: { image } }] },
      "bool into Go struct field spec.templates.name of type string",
    ],
    [
      "command",
      { templates: [container("main")].map((each) => ({ ...each, container: { image, command: "true" } })) },
      "string into Go struct field spec.templates.container.command of type []string",
    ],
    [
      "steps",
      { templates: [{ name: "main", steps: [{ name: "a", template: "b" }] }] },
      "object into Go struct field spec.templates.steps of type []object",
    ],
    ["parallelism", { parallelism: "2", templates: [] }, "string into Go struct field spec.parallelism of type int"],
  ])("a spec with a wrong type for %s fails", async (name, spec, message) => {
    await world.create([workflow(`shape-${name}`, { entrypoint: "main", ...spec })]);
    const { status } = await world.ended(`shape-${name}`);
    expect(status).toMatchObject({
      phase: "Failed",
      message: `cannot unmarshall spec: json: cannot unmarshal ${message}`,
    });
  });

  test("names of objects' own fields are plain names", async () => {
    const parameters = [
      { name: "constructor", value: "c" },
      { name: "__proto__", value: "p" },
    ];
    const main = {
      name: "main",
      inputs: { parameters },
      container: {
        image,
        command: [
          "echo",
          "{{inputs.parameters.constructor}}{{inputs.parameters.__proto__}}{{=inputs.parameters.constructor}}",
        ],
      },
    };
    await world.create([workflow("plain", { entrypoint: "main", templates: [main] })]);
    await world.ended("plain");
    const [pod] = await podsOf("plain");
    expect(pod?.["spec"]).toMatchObject({ containers: [{ command: ["echo", "cpc"] }] });
  });

  test("complained about nothing", () => {
    expect(world.complaints).toEqual([]);
  });
});
