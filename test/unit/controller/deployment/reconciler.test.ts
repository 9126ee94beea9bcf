import { describe, expect, test } from "vitest";
import { artifact, cart, deleteDeployment, imageOf, letRun, PATH, putPod, startWorld } from "./two-planes.ts";

const ready = "True";

describe("a Deployment", () => {
  test("becomes objects in the data plane and is Ready when its pods are available", async () => {
    const world = await startWorld();
    await world.apply(...cart(world.make));
    await expect.poll(() => world.condition("Deployment", "Ready")).toContain("DeploymentProgressing");
    await expect.poll(() => world.data.objects("Deployment").map(imageOf)).toEqual(["docker.io/library/nginx:1.26"]);
    expect(world.data.objects("Service").map(({ metadata }) => metadata.namespace)).toEqual([
      world.data.objects("Deployment")[0]?.metadata.namespace,
    ]);
    expect(world.data.objects("CiliumNetworkPolicy")).toHaveLength(1);
    letRun(world.data);
    await expect.poll(() => world.condition("Deployment", "Ready")).toBe(ready);
    expect(world.condition("Deployment", "ArtifactResolved")).toBe(ready);
    expect(world.control.objects("Deployment")[0]).toMatchObject({ status: { observedGeneration: 1 } });
    expect(world.controller.errors).toEqual([]);
  });

  test("converges when everything comes in the wrong order", async () => {
    const world = await startWorld();
    const [organization, ...rest] = cart(world.make);
    await world.apply(organization!, ...rest.reverse());
    await expect.poll(() => world.data.objects("Deployment"), { timeout: 1500 }).toHaveLength(1);
  });

  test("costs the data plane no more calls once it is as it should be", async () => {
    const world = await startWorld();
    await world.apply(...cart(world.make));
    await expect.poll(() => world.data.objects("Deployment")).toHaveLength(1);
    letRun(world.data);
    await expect.poll(() => world.condition("Deployment", "Ready")).toBe(ready);
    const writes = (): number => world.data.calls.filter(({ verb }) => verb === "apply" || verb === "delete").length;
    const before = writes();
    putPod(world.data, "healthy", { phase: "Running" });
    putPod(world.data, "sick", { containerStatuses: [waiting("ImagePullBackOff", "no such tag")] });
    await expect.poll(() => world.condition("Deployment", "Ready")).toContain("ImagePullBackOff");
    expect(writes()).toBe(before);
  });

  test("puts back what somebody changed or deleted", async () => {
    const world = await startWorld();
    await world.apply(...cart(world.make));
    await expect.poll(() => world.data.objects("Deployment")).toHaveLength(1);
    const [workload] = world.data.objects("Deployment");
    const spec = structuredClone(workload!["spec"]) as { template: { spec: { containers: { image: string }[] } } };
    spec.template.spec.containers[0]!.image = "other";
    world.data.put({ ...workload!, spec });
    await expect.poll(() => world.data.objects("Deployment").map(imageOf)).toEqual(["docker.io/library/nginx:1.26"]);
    const { apiVersion, kind, metadata } = workload!;
    await world.data.client.delete({ apiVersion, kind, name: metadata.name, namespace: metadata.namespace });
    await expect
      .poll(() => world.data.objects("Deployment").map(({ metadata: { uid } }) => uid))
      .toEqual([expect.not.stringMatching(workload!.metadata.uid!)]);
  });

  test("deletes what it no longer needs, and only what is its own", async () => {
    const world = await startWorld();
    const file = { application: { fileMounts: [{ mountPath: "/a", value: "text" }] } };
    await world.apply(...cart(world.make), artifact(world.make, file));
    await expect.poll(() => world.data.objects("ConfigMap")).toHaveLength(1);
    const { namespace = "" } = world.data.objects("ConfigMap")[0]!.metadata;
    world.data.put({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "foreign", namespace } });
    await world.control.client.mergePatch(
      { apiVersion: "core.choreo.dev/v1", kind: "DeployableArtifact", name: "cart-1", namespace: "default-org" },
      { spec: { configuration: { application: null } } },
    );
    await expect.poll(() => world.data.objects("ConfigMap").map(({ metadata }) => metadata.name)).toEqual(["foreign"]);
  });

  test("replaces a workload whose pod labels changed", async () => {
    const world = await startWorld();
    await world.apply(...cart(world.make));
    await expect.poll(() => world.data.objects("Deployment")).toHaveLength(1);
    const { uid } = world.data.objects("Deployment")[0]!.metadata;
    await world.apply(world.make.component("cart", "shop", "WebApplication"));
    await expect
      .poll(() =>
        world.data
          .objects("Deployment")
          .map(({ metadata }) => [metadata.uid === uid, metadata.labels?.["component-type"]]),
      )
      .toEqual([[false, "WebApplication"]]);
  });
});

const waiting = (reason: string, message: string, more: object = {}): object => ({
  name: "main",
  ready: false,
  restartCount: 3,
  state: { waiting: { reason, message } },
  ...more,
});

describe("the Ready condition of a Deployment", () => {
  test("has the reason for which a container waits, and how it ended before", async () => {
    const world = await startWorld();
    await world.apply(...cart(world.make));
    await expect.poll(() => world.data.objects("Deployment")).toHaveLength(1);
    const lastState = { terminated: { exitCode: 3, message: "panic: no database" } };
    putPod(world.data, "cart-x", { containerStatuses: [waiting("CrashLoopBackOff", "back-off 10s", { lastState })] });
    await expect
      .poll(() => world.condition("Deployment", "Ready"))
      .toMatch(/^False: CrashLoopBackOff: pod cart-x: container .* exited with 3:\npanic: no database$/);
  });

  test("says that a program does not listen where its endpoint is", async () => {
    const world = await startWorld();
    await world.apply(...cart(world.make));
    await expect.poll(() => world.data.objects("Deployment")).toHaveLength(1);
    putPod(world.data, "cart-x", { containerStatuses: [{ name: "main", started: false, state: { running: {} } }] });
    await expect
      .poll(() => world.condition("Deployment", "Ready"))
      .toBe("False: DeploymentProgressing: pod cart-x runs, but does not listen on port 80 yet");
  });

  test("says that a pod finds no node", async () => {
    const world = await startWorld();
    await world.apply(...cart(world.make));
    await expect.poll(() => world.data.objects("Deployment")).toHaveLength(1);
    const message = "0/1 nodes are available: insufficient cpu";
    putPod(world.data, "cart-x", {
      phase: "Pending",
      conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message }],
    });
    await expect.poll(() => world.condition("Deployment", "Ready")).toContain(`Unschedulable: pod cart-x: ${message}`);
  });

  test("is not True while pods of the version before serve", async () => {
    const world = await startWorld();
    await world.apply(...cart(world.make));
    await expect.poll(() => world.data.objects("Deployment")).toHaveLength(1);
    const [workload] = world.data.objects("Deployment");
    world.data.put({
      ...workload!,
      status: { observedGeneration: 1, replicas: 2, updatedReplicas: 1, availableReplicas: 1 },
    });
    await expect.poll(() => world.condition("Deployment", "Ready")).toContain("version before");
  });

  test("is never True for a change that the data plane has not seen yet", async () => {
    const world = await startWorld();
    await world.apply(...cart(world.make), artifact(world.make, { application: { args: ["new"] } }, "cart-2"));
    await expect.poll(() => world.data.objects("Deployment")).toHaveLength(1);
    letRun(world.data);
    await expect.poll(() => world.condition("Deployment", "Ready")).toBe(ready);
    const said: string[] = [];
    world.control.intercept = ({ verb, kind }) => {
      if (verb === "patch" && kind === "Deployment") said.push(world.condition("Deployment", "Ready"));
      return undefined;
    };
    await world.apply(world.make.deployment("cart-dev", PATH, { environment: "dev", artifact: "cart-2" }));
    await expect
      .poll(() => world.control.objects("Deployment")[0])
      .toMatchObject({ status: { observedGeneration: 2 } });
    expect(world.condition("Deployment", "Ready")).toContain("DeploymentProgressing");
    expect(said).toEqual([ready]);
  });

  test("is True for a task as soon as its schedule is in place", async () => {
    const world = await startWorld();
    const task = { application: { task: { schedule: { cron: "* * * * *" } } } };
    await world.apply(...cart(world.make, "ScheduledTask"), artifact(world.make, task));
    await expect.poll(() => world.condition("Deployment", "Ready")).toBe(ready);
    expect(world.data.objects("Endpoint")).toEqual([]);
    putPod(world.data, "run-1", { phase: "Pending", containerStatuses: [waiting("ErrImagePull", "denied")] });
    await expect.poll(() => world.condition("Deployment", "Ready")).toContain("ErrImagePull: pod run-1: denied");
  });

  test.each([
    ["Webhook", "UnsupportedComponentType"],
    ["ScheduledTask", "ScheduleMissing"],
  ])("tells why a %s does not run: %s", async (type, reason) => {
    const world = await startWorld();
    await world.apply(...cart(world.make, type));
    await expect.poll(() => world.condition("Deployment", "Ready")).toContain(reason);
    expect(world.condition("Deployment", "ArtifactResolved")).toBe(ready);
  });

  test("names the missing parent", async () => {
    const world = await startWorld();
    await world.apply(...cart(world.make).filter(({ kind }) => kind !== "Environment"));
    await expect.poll(() => world.condition("Deployment", "Ready")).toContain('no Environment "dev"');
  });

  test("says that the data plane does not answer", async () => {
    const world = await startWorld();
    await world.apply(...cart(world.make).filter(({ kind }) => kind !== "DataPlane"));
    await world.apply(world.make.dataPlane("plane", "https://off.test"));
    await expect.poll(() => world.condition("Deployment", "Ready")).toContain("DataPlaneUnreachable");
    await world.apply(world.make.dataPlane("plane", "https://data.test"));
    await expect.poll(() => world.data.objects("Deployment")).toHaveLength(1);
  });

  test("has the words of an API server that refuses an object", async () => {
    const world = await startWorld();
    world.data.intercept = ({ verb, kind }) =>
      verb === "apply" && kind === "Deployment" ? new Error("spec.replicas: must be positive") : undefined;
    await world.apply(...cart(world.make));
    await expect.poll(() => world.condition("Deployment", "Ready")).toContain("ApplyFailed: spec.replicas");
  });

  test("names the Deployment that has the place already, and takes it over when that one goes", async () => {
    const world = await startWorld();
    await world.apply(...cart(world.make), artifact(world.make, {}, "cart-2"));
    await expect.poll(() => world.data.objects("Deployment")).toHaveLength(1);
    await world.apply(world.make.deployment("cart-again", PATH, { environment: "dev", artifact: "cart-2" }));
    await expect
      .poll(() => world.condition("Deployment", "Ready", "cart-again"))
      .toContain('DeploymentConflict: Deployment "cart-dev"');
    await deleteDeployment(world.control, "cart-dev");
    await expect.poll(() => world.control.objects("Deployment"), { timeout: 3000 }).toHaveLength(1);
    await expect
      .poll(() => world.data.objects("Deployment").map(({ metadata }) => metadata.labels?.["deployment-name"]))
      .toEqual(["cart-again"]);
  });
});
