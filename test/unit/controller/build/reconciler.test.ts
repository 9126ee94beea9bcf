import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildReconciler } from "../../../../src/controller/build/reconciler.ts";
import { hierarchyReconcilers } from "../../../../src/controller/reconcilers/index.ts";
import { installCrds } from "../../../../src/crds/install.ts";
import { CHOREO_API } from "../../../../src/crds/labels.ts";
import type { KubeClient } from "../../../../src/k8s/client.ts";
import { connect } from "../../../../src/k8s/connect.ts";
import type { AnyObject, Endpoint } from "../../../../src/k8s/types.ts";
import { type TestApiServer, startApiServer } from "../../../helpers/api-server.ts";
import { type Resources, resourcesOf } from "../../../helpers/choreo-resources.ts";
import { applyAll, deadClient, randomName, runController } from "../../../helpers/running-controller.ts";
import { temporaryFolder } from "../../../helpers/temporary-folder.ts";
import { untilTrue } from "../../../helpers/until.ts";
import recorded from "./recorded-workflows.json" with { type: "json" };

const CRDS = path.resolve(import.meta.dirname, "../../../../addons/argo-workflows/embedded/crds.json");
const WORKFLOW = { apiVersion: "argoproj.io/v1alpha1", kind: "Workflow" } as const;

describe("a build", () => {
  let server: TestApiServer;
  let client: KubeClient;

  beforeAll(async () => {
    server = await startApiServer();
    client = connect(server.endpoint);
    for (const crd of JSON.parse(readFileSync(CRDS, "utf8")) as AnyObject[]) await client.create(crd);
    await installCrds(client, { signal: AbortSignal.timeout(60_000), progress: () => undefined });
  });
  afterAll(async () => {
    client.close();
    await server.stop();
  });

  interface World {
    readonly organization: string;
    readonly resources: Resources;
    readonly images: readonly string[];
    build(name: string, spec?: object, annotations?: Record<string, string>): Promise<void>;
    /** Reasons of the build's conditions by type, once they are so. */
    until(name: string, wanted: Readonly<Record<string, string>>): Promise<AnyObject>;
    workflow(build: string): Promise<AnyObject>;
    /** Argo's part. */
    ends(workflow: AnyObject, status: object): Promise<void>;
  }

  /** One server is control plane and build plane; a component with one track. */
  const start = async (
    options: {
      readonly plane?: boolean;
      readonly autoDeploy?: boolean;
      readonly builds?: string;
      /** Whether the build plane does not answer. */
      readonly isDown?: () => boolean;
    } = {},
  ): Promise<World> => {
    const organization = randomName("org");
    const resources = resourcesOf(organization);
    const images: string[] = [];
    await runController(client, {
      planes: { "https://build.test": silentWhile(options.isDown ?? (() => false), connect(server.endpoint)) },
      reconcilers: [...hierarchyReconcilers, buildReconciler],
      settings: {
        ensureImage: async (image) => void images.push(image),
        gatewayPort: () => 8443,
        secrets: { mode: "local", lookup: async () => undefined },
        pullRegistry: "choreo-registry:5000",
        builds: options.builds,
      },
    });
    const component = resources.component("api", "shop");
    const track = resources.track("main", "shop", "api");
    await applyAll(client, [
      resources.organization(),
      ...(options.plane === false ? [] : [resources.buildPlane("build")]),
      resources.dataPlane("data"),
      resources.environment("development", "data"),
      resources.environment("production", "data"),
      resources.pipeline("line", ["development", "production"]),
      resources.project("shop", "line"),
      { ...component, spec: { type: "Service", source: { gitRepository: { url: "https://git.test/shop/api.git" } } } },
      { ...track, spec: { autoDeploy: options.autoDeploy ?? false } },
    ]);
    return {
      ...{ organization, resources, images },
      build: async (name, spec = {}, annotations = { "core.choreo.dev/base-images": "" }) => {
        const object = resources.build(name, ["shop", "api", "main"]);
        await client.apply({
          ...object,
          metadata: { ...object.metadata, annotations },
          spec: { ...(object["spec"] as object), ...spec },
        });
      },
      until: (name, wanted) =>
        untilTrue(
          `${name} to be ${JSON.stringify(wanted)}`,
          async () => {
            const ref = { apiVersion: CHOREO_API, kind: "Build", namespace: organization, name };
            const found = await client.get(ref);
            const { conditions = [] } = (found?.["status"] ?? {}) as {
              conditions?: { type: string; reason: string }[];
            };
            const reasons = Object.fromEntries(conditions.map(({ type, reason }) => [type, reason]));
            return Object.entries(wanted).every(([type, reason]) => reasons[type] === reason) ? found : undefined;
          },
          15_000,
        ),
      workflow: (build) =>
        untilTrue(
          `the workflow of ${build}`,
          async () => {
            const { items } = await client.list(WORKFLOW, { namespace: `choreo-ci-${organization}` });
            return items.find(({ metadata }) => metadata.labels?.["build"] === build);
          },
          15_000,
        ),
      ends: async ({ metadata: { name, namespace } }, status) =>
        void (await client.mergePatch({ ...WORKFLOW, name, namespace }, { status })),
    };
  };

  const artifactOf = (world: World, name: string): Promise<AnyObject | undefined> =>
    client.get({ apiVersion: CHOREO_API, kind: "DeployableArtifact", namespace: world.organization, name });

  test("shows all steps from the start, and becomes one workflow that may report its outputs", async () => {
    const world = await start();
    await world.build(
      "b1",
      { branch: "main", path: "/svc" },
      { "core.choreo.dev/base-images": "docker.io/library/node:20" },
    );
    const workflow = await world.workflow("b1");
    await world.until("b1", {
      ...{ StepCloneSucceeded: "Queued", StepTestSucceeded: "Queued", StepBuildSucceeded: "Queued" },
      ...{ StepPushSucceeded: "Queued", Completed: "BuildProgressing" },
    });
    expect(world.images).toEqual(["docker.io/library/node:20"]);
    const namespace = `choreo-ci-${world.organization}`;
    expect(
      await client.get({ apiVersion: "v1", kind: "ServiceAccount", namespace, name: "workflow-sa" }),
    ).toBeDefined();
    const steps = await client.get({ apiVersion: "v1", kind: "ConfigMap", namespace, name: "choreo-build-steps" });
    expect(Object.keys(steps?.["data"] as object)).toEqual(
      expect.arrayContaining(["clone.sh", "test.sh", "build.sh", "push.sh", "common.sh", "node.Dockerfile"]),
    );
    const { templates } = workflow["spec"] as { templates: { containerSet: { containers: Container[] } }[] };
    const containers = templates[0]?.containerSet.containers ?? [];
    expect(containers.map(({ name }) => name)).toEqual(["clone-step", "test-step", "build-step", "main"]);
    const env = Object.fromEntries((containers[0]?.env ?? []).map(({ name, value }) => [name, value]));
    expect(env).toMatchObject({
      ...{ GIT_URL: "https://git.test/shop/api.git", GIT_BRANCH: "main", SOURCE_PATH: "svc" },
      ...{ CONTEXT: ".", DOCKERFILE: "Dockerfile", REGISTRIES: "choreo-registry:5000", SOURCE_ARTIFACT: "" },
    });
  });

  test("follows its workflow, gives an artifact with the pushed image, and is deployed to the first environment", async () => {
    const world = await start({ autoDeploy: true });
    await world.build("b1");
    const workflow = await world.workflow("b1");
    const { nodes } = recorded.succeeded;
    await world.ends(workflow, {
      phase: "Running",
      nodes: Object.fromEntries(
        Object.entries(nodes).filter(([, node]) => ["clone-step", "test-step"].includes(node.displayName)),
      ),
    });
    await world.until("b1", {
      StepCloneSucceeded: "Succeeded",
      StepBuildSucceeded: "Queued",
      Completed: "BuildProgressing",
    });
    await world.ends(workflow, recorded.succeeded);
    const build = await world.until("b1", {
      ...{ StepPushSucceeded: "Succeeded", DeployableArtifactCreated: "ArtifactCreationSuccessful" },
      ...{ DeploymentApplied: "DeploymentAppliedSuccessfully", Completed: "BuildCompleted" },
    });
    const { image } = (build["status"] as { imageStatus: { image: string } }).imageStatus;
    expect(image).toMatch(/@sha256:[0-9a-f]{64}$/);
    const artifact = await artifactOf(world, "b1");
    expect(artifact?.metadata.ownerReferences?.[0]).toMatchObject({ kind: "Build", name: "b1", controller: true });
    expect(artifact?.["spec"]).toMatchObject({
      targetArtifact: { fromBuildRef: { name: "b1" } },
      // The port that the Dockerfile exposes.
      configuration: { endpointTemplates: [{ spec: { service: { port: 9090 } } }] },
    });
    const { items } = await client.list(
      { apiVersion: CHOREO_API, kind: "Deployment" },
      { namespace: world.organization },
    );
    expect(items.map(({ metadata, spec }) => [metadata.labels?.["core.choreo.dev/environment"], spec])).toEqual([
      ["development", { deploymentArtifactRef: "b1" }],
    ]);

    // The next one takes the same Deployment over.
    await world.build("b2");
    await world.ends(await world.workflow("b2"), recorded.succeeded);
    await world.until("b2", { Completed: "BuildCompleted" });
    const after = await client.list({ apiVersion: CHOREO_API, kind: "Deployment" }, { namespace: world.organization });
    expect(after.items.map(({ metadata, spec }) => [metadata.name, spec])).toEqual([
      [items[0]?.metadata.name, { deploymentArtifactRef: "b2" }],
    ]);
  });

  test("that fails says where and leaves no artifact; what has ended is not run again", async () => {
    const world = await start({ autoDeploy: true });
    await world.build("b1");
    const workflow = await world.workflow("b1");
    await world.ends(workflow, recorded["test-failed"]);
    const build = await world.until("b1", {
      StepTestSucceeded: "Failed",
      StepBuildSucceeded: "Queued",
      Completed: "BuildFailed",
    });
    const { conditions } = build["status"] as { conditions: { type: string; message: string }[] };
    expect(conditions.find(({ type }) => type === "Completed")?.message).toMatch(/^test: Error \(exit code 1\)/);
    expect(await artifactOf(world, "b1")).toBeUndefined();
    const { name, namespace } = workflow.metadata;
    await client.delete({ ...WORKFLOW, name, namespace });
    await client.mergePatch(
      { apiVersion: CHOREO_API, kind: "Build", name: "b1", namespace: world.organization },
      { metadata: { annotations: { touched: "true" } } },
    );
    await world.build("b2");
    await world.workflow("b2");
    expect(
      (await client.list(WORKFLOW, { namespace })).items.map(({ metadata }) => metadata.labels?.["build"]),
    ).toEqual(["b2"]);
    await world.until("b1", { Completed: "BuildFailed" });
  });

  test("waits for a build plane and says so", async () => {
    const world = await start({ plane: false });
    await world.build("b1");
    await world.until("b1", { Completed: "NoBuildPlaneFound" });
    await client.apply(world.resources.buildPlane("build"));
    expect((await world.workflow("b1")).metadata.namespace).toBe(`choreo-ci-${world.organization}`);
  });

  test("says that the build plane does not answer, and begins when it does", async () => {
    let isDown = true;
    const world = await start({ isDown: () => isDown });
    await world.build("b1");
    const build = await world.until("b1", { Completed: "BuildPlaneUnreachable", StepCloneSucceeded: "Queued" });
    expect(JSON.stringify(build["status"])).toContain("https://build.test does not answer");
    isDown = false;
    await world.ends(await world.workflow("b1"), recorded.succeeded);
    await world.until("b1", { Completed: "BuildCompleted" });
  });

  test("says why it waits for a place to run", async () => {
    const world = await start();
    await world.build("b1");
    const message = "Unschedulable: 0/1 nodes are available: 1 Insufficient memory";
    const node = { displayName: "clone-step", type: "Container", phase: "Pending", message };
    await world.ends(await world.workflow("b1"), { phase: "Running", nodes: { a: node } });
    const build = await world.until("b1", { StepCloneSucceeded: "Progressing" });
    const { conditions } = build["status"] as { conditions: { type: string; message: string }[] };
    expect(conditions.find(({ type }) => type === "Completed")?.message).toBe(`clone: ${message}`);
  });

  test("needs a source", async () => {
    const world = await start();
    await client.apply({ ...world.resources.component("api", "shop"), spec: { type: "Service", source: null } });
    await world.build("b1");
    await world.until("b1", { Completed: "SourceNotFound" });
    await world.build("b1", { source: { artifact: "sources/api@sha256:00" } });
    const workflow = await world.workflow("b1");
    expect(JSON.stringify(workflow)).toContain("choreo-registry:5000/sources/api@sha256:00");
  });

  test("is run by a template of the user's own where it names one", async () => {
    const world = await start();
    const buildConfiguration = {
      docker: null,
      workflowTemplate: { name: "mine", parameters: [{ name: "extra", value: "1" }] },
    };
    await world.build("b1", { buildConfiguration });
    const { spec } = (await world.workflow("b1")) as unknown as { spec: { arguments: { parameters: unknown[] } } };
    expect(spec).toMatchObject({ workflowTemplateRef: { name: "mine" } });
    expect(spec.arguments.parameters).toEqual(
      expect.arrayContaining([
        { name: "git-url", value: "https://git.test/shop/api.git" },
        { name: "registries", value: "choreo-registry:5000" },
        { name: "extra", value: "1" },
      ]),
    );
  });

  test("runs its steps as processes where there are no images, with one folder between them", async () => {
    const builds = temporaryFolder();
    const world = await start({ builds });
    await world.build("b1", {
      source: { artifact: `sources/api@sha256:${"ab".repeat(32)}` },
      buildEnvironment: { env: [{ name: "LEVEL", value: "debug" }] },
    });
    const { spec } = (await world.workflow("b1")) as unknown as { spec: { templates: StepTemplate[] } };
    const [order, ...steps] = spec.templates;
    expect(order?.steps?.flat().map(({ template }) => template)).toEqual(steps.map(({ name }) => name));
    expect(steps.map(({ name, container }) => [name, container?.command.at(-1)])).toEqual([
      ["clone-step", "clone"],
      ["test-step", "test"],
      ["build-step", "build"],
      ["push-step", "push"],
    ]);
    expect(steps[0]).toMatchObject({ volumes: [{ hostPath: { path: builds } }] });
    const env = Object.fromEntries((steps[0]?.container?.env ?? []).map(({ name, value }) => [name, value]));
    expect(env).toMatchObject({ BUILDS: builds, LEVEL: "debug", BUILD_ARGS: "LEVEL" });
    expect(path.relative(path.join(builds, "work"), env["WORKSPACE"] ?? "")).toMatch(/^b1-/);
  });

  test("names the Secret that it needs, and takes it from beside the component when it comes", async () => {
    const world = await start();
    await world.build("b1", { buildEnvironment: { envFrom: [{ secretRef: "registry-login" }] } });
    const waiting = await world.until("b1", { Completed: "SecretNotFound" });
    const { conditions } = waiting["status"] as { conditions: { type: string; message: string }[] };
    expect(conditions.find(({ type }) => type === "Completed")?.message).toContain(
      `There is no Secret "registry-login" in namespace ${world.organization}`,
    );
    const secret = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "registry-login", namespace: world.organization },
    };
    await client.create({ ...secret, data: { token: Buffer.from("secret").toString("base64") } });
    const { namespace } = (await world.workflow("b1")).metadata;
    const copy = await client.get({ apiVersion: "v1", kind: "Secret", name: "registry-login", namespace });
    expect(copy?.["data"]).toEqual({ token: Buffer.from("secret").toString("base64") });
  });

  test("takes its workflow and its artifact with it", async () => {
    const world = await start();
    await world.build("b1");
    const workflow = await world.workflow("b1");
    await world.ends(workflow, recorded.succeeded);
    await world.until("b1", { Completed: "BuildCompleted" });
    const ref = { apiVersion: CHOREO_API, kind: "Build", namespace: world.organization, name: "b1" };
    await client.delete(ref);
    await untilTrue("the build to go", async () => ((await client.get(ref)) === undefined ? true : undefined), 15_000);
    const { name, namespace } = workflow.metadata;
    expect(await client.get({ ...WORKFLOW, name, namespace })).toBeUndefined();
    expect(await artifactOf(world, "b1")).toBeUndefined();
  });
});

/** A client whose reads and writes fail as those to a machine that is off. */
const silentWhile = (isDown: () => boolean, client: KubeClient): KubeClient => {
  const dead = deadClient({ server: "https://build.test" } as Endpoint);
  const one = <K extends "get" | "apply" | "create">(method: K): KubeClient[K] =>
    ((...args: never[]) => (isDown() ? dead : client)[method](...(args as [never]))) as KubeClient[K];
  return { ...client, get: one("get"), apply: one("apply"), create: one("create") };
};

interface Container {
  readonly name: string;
  readonly env?: readonly { readonly name: string; readonly value: string }[];
}

interface StepTemplate {
  readonly name: string;
  readonly steps?: readonly (readonly { readonly template: string }[])[];
  readonly container?: {
    readonly command: readonly string[];
    readonly env: readonly { readonly name: string; readonly value: string }[];
  };
}
