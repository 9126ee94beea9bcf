import { writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test, vi } from "vitest";
import { stringify } from "yaml";
import type { AnyObject } from "../../../../src/k8s/types.ts";
import { temporaryFolder } from "../../../helpers/temporary-folder.ts";
import { cliWorld, resource } from "../../../helpers/cli-world.ts";

const project = resource("Project", "portal", { spec: { deploymentPipelineRef: "default-pipeline" } });
const organization = resource("Organization", "default-org", { labels: { organization: "default-org" } });

const LABELS_OF_WEB = { project: "portal", component: "web", "deployment-track": "main" };

const folderOf = (files: Readonly<Record<string, readonly object[]>>): string => {
  const dir = temporaryFolder();
  for (const [name, objects] of Object.entries(files)) {
    writeFileSync(path.join(dir, name), objects.map((object) => stringify(object)).join("---\n"));
  }
  return dir;
};

const ready = (): ReturnType<typeof cliWorld> => {
  const world = cliWorld();
  world.control.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "default-org" } });
  return world;
};

describe("apply", () => {
  test("says what it created, configured and left as it was", async () => {
    const world = ready();
    const dir = folderOf({ "project.yaml": [project] });
    const apply = async (): Promise<string> => (await world.run(["apply", "-f", "."], { cwd: dir })).stdout;
    expect(await apply()).toBe("project/portal created\n");
    expect(await apply()).toBe("project/portal unchanged\n");
    writeFileSync(path.join(dir, "project.yaml"), stringify({ ...project, spec: { deploymentPipelineRef: "other" } }));
    expect(await apply()).toBe("project/portal configured\n");
    expect(world.openPlatforms()).toBe(0);
  });

  test("does not take a status for a change", async () => {
    const world = ready();
    const dir = folderOf({ "project.yaml": [project] });
    await world.run(["apply", "-f", dir]);
    const [stored] = world.control.objects("Project");
    world.control.put({ ...(stored as AnyObject), status: { conditions: [] } });
    expect((await world.run(["apply", "-f", dir])).stdout).toBe("project/portal unchanged\n");
  });

  test("puts parents first and waits for the namespace that the controller makes", async () => {
    const world = cliWorld();
    const dir = folderOf({ "a.yaml": [project], "b.yaml": [organization] });
    const running = world.run(["apply", "-f", dir]);
    world.control.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "default-org" } });
    expect((await running).stdout).toBe("organization/default-org created\nproject/portal created\n");
  });

  test("places a resource in the namespace of its organization, or in the default one", async () => {
    const world = ready();
    world.control.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "acme" } });
    const inAcme = resource("Project", "two", {
      labels: { organization: "acme" },
      spec: { deploymentPipelineRef: "p" },
    });
    delete inAcme.metadata.namespace;
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "keys" } };
    const dir = folderOf({ "all.yaml": [inAcme, secret] });
    expect((await world.run(["apply", "-f", dir])).code).toBe(0);
    expect(world.control.objects("Project")[0]?.metadata.namespace).toBe("acme");
    expect(world.control.objects("Secret")[0]?.metadata.namespace).toBe("default-org");
  });

  test("reads stdin", async () => {
    const world = ready();
    const { stdout } = await world.run(["apply", "-f", "-"], { stdin: JSON.stringify(project) });
    expect(stdout).toBe("project/portal created\n");
  });

  test("reports everything that is wrong with the manifests and applies nothing", async () => {
    const world = ready();
    const unlabelled = { ...project, metadata: { name: "bare" } };
    const misspelt = { ...project, kind: "Projekt" };
    const old = { ...project, apiVersion: "core.choreo.dev/v1alpha1" };
    const dir = folderOf({ "a.yaml": [project, unlabelled], "b.yaml": [misspelt, old] });
    const { code, stdout, stderr } = await world.run(["apply", "-f", "."], { cwd: dir });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("E_MANIFEST");
    for (const place of ["a.yaml:12", "b.yaml:1 ", "b.yaml:12"]) expect(stderr).toContain(place);
    expect(stderr).toContain('"Project"');
    expect(stderr).toContain("core.choreo.dev/v1alpha1");
    expect(world.control.objects("Project")).toEqual([]);
  });

  test("applies nothing when the server refuses one of them", async () => {
    const world = ready();
    const dir = folderOf({ "a.yaml": [project, { ...project, metadata: { ...project.metadata, name: "refused" } }] });
    const { code, stderr } = await world.run(["apply", "-f", "."], { cwd: dir });
    expect(code).toBe(2);
    expect(stderr).toContain("spec.tpye");
    expect(world.control.objects("Project")).toEqual([]);
  });

  test("changes nothing in a dry run", async () => {
    const world = ready();
    const dir = folderOf({ "a.yaml": [project] });
    const { stdout } = await world.run(["apply", "-f", dir, "--dry-run"]);
    expect(stdout).toBe("project/portal created (dry run)\n");
    expect(world.control.objects("Project")).toEqual([]);
  });

  test("prints one JSON document", async () => {
    const world = ready();
    const { stdout } = await world.run(["apply", "-f", folderOf({ "a.yaml": [project] }), "-o", "json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      kind: "ApplyResult",
      results: [{ kind: "Project", name: "portal", change: "created" }],
    });
  });

  const deployment = resource("Deployment", "web-development", {
    labels: { ...LABELS_OF_WEB, environment: "development" },
    spec: { deploymentArtifactRef: "web-1" },
  });
  const condition = (status: string, message = ""): object => ({
    type: "Ready",
    status,
    reason: status === "True" ? "DeploymentReady" : "CrashLoopBackOff",
    message,
    lastTransitionTime: "2026-01-02T03:04:05Z",
  });

  test("waits until what it deployed is ready and its endpoint serves", async () => {
    const world = ready();
    const running = world.run(["apply", "-f", folderOf({ "a.yaml": [deployment] })]);
    const stored = await vi.waitUntil(() => world.control.objects("Deployment")[0]);
    const endpoint = resource("Endpoint", "web-http", {
      labels: { ...LABELS_OF_WEB, environment: "development" },
      spec: { type: "HTTP", service: { port: 80 } },
    });
    world.control.put({ ...endpoint, status: { conditions: [condition("False", "no route yet")] } });
    let looks = 0;
    world.control.intercept = ({ verb, kind }) => {
      if (verb === "list" && kind === "Endpoint" && ++looks === 2)
        world.control.put({ ...endpoint, status: { conditions: [condition("True")] } });
      return undefined;
    };
    world.control.put({ ...stored, status: { conditions: [condition("True")] } });
    const { code, stdout, stderr } = await running;
    expect([code, stdout, looks]).toEqual([0, "deployment/web-development created\n", 2]);
    expect(stderr).toContain("waiting for endpoint/web-http: no route yet");
  });

  test("says what holds a deployment up when time is up, and has applied everything", async () => {
    const world = ready();
    const running = world.run(["apply", "-f", folderOf({ "a.yaml": [deployment] }), "--timeout", "1s"]);
    const stored = await vi.waitUntil(() => world.control.objects("Deployment")[0]);
    const crashed = condition("False", "pod web-1: CrashLoopBackOff, exit code 1");
    world.control.put({ ...stored, status: { conditions: [crashed] } });
    const { code, stderr, stdout } = await running;
    expect({ code, stdout }).toEqual({ code: 4, stdout: "deployment/web-development created\n" });
    expect(stderr).toContain("exit code 1");
  });

  test("does not take the readiness of the version before for that of the new one", async () => {
    const world = ready();
    const artifact = resource("DeployableArtifact", "web-1", {
      labels: LABELS_OF_WEB,
      spec: { targetArtifact: { fromImageRef: { tag: "2" } } },
    });
    const stored = world.control.put(artifact);
    const generation = stored.metadata.generation ?? 0;
    const old = { artifactGeneration: generation - 1, conditions: [condition("True")] };
    const { metadata } = world.control.put({ ...deployment, status: old });
    const again = { apiVersion: deployment.apiVersion, kind: "Deployment", metadata, spec: deployment["spec"] };
    const folder = folderOf({ "a.yaml": [deployment] });
    expect(await world.run(["apply", "-f", folder, "--timeout", "1s"])).toMatchObject({
      code: 4,
      stderr: expect.stringContaining("the controller has not seen its artifact yet"),
    });
    world.control.put({ ...again, status: { ...old, artifactGeneration: generation } });
    expect((await world.run(["apply", "-f", folder])).code).toBe(0);
  });

  test("does not wait when told so", async () => {
    const { code } = await ready().run(["apply", "-f", folderOf({ "a.yaml": [deployment] }), "--no-wait"]);
    expect(code).toBe(0);
  });

  test("needs to be told what to apply", async () => {
    expect((await ready().run(["apply"])).code).toBe(2);
    expect((await ready().run(["apply", "-f", "/nowhere"])).stderr).toContain("E_MANIFEST");
  });
});
