import { describe, expect, test } from "vitest";
import {
  type DevMode,
  devModeOf,
  devModeStatement,
  type ProgramMode,
  servesSaves,
} from "../../../../src/controller/deployment/dev-mode.ts";
import { render } from "../../../../src/controller/deployment/render/index.ts";
import type { Deployment } from "../../../../src/crds/types.ts";
import { podOf, renderInput, template } from "./render-input.ts";

const MODE: ProgramMode = {
  ...{ kind: "program", artifact: "v1", folder: "abc-def", interpreter: "node", shim: "shim.cjs" },
  ...{ entrypoint: ["docker-entrypoint.sh"], cmd: ["node", "server.js"], workdir: "/app" },
};
const FILES: DevMode = { kind: "files", artifact: "v1", folder: "abc-def", place: "/usr/share/nginx/html" };

const deployment = (mode: unknown, more: Record<string, string> = {}): Deployment =>
  ({
    metadata: { annotations: { "core.choreo.dev/dev-mode": JSON.stringify(mode), ...more } },
    spec: { deploymentArtifactRef: "v1" },
  }) as unknown as Deployment;

describe("the dev mode of a Deployment", () => {
  test("is what a dev session has written", () => {
    expect(devModeOf(deployment(MODE))).toEqual(MODE);
  });

  test("is over as soon as another artifact is deployed: what was built is what is served", () => {
    expect(devModeOf(deployment({ ...MODE, artifact: "v0" }))).toBeUndefined();
    expect(servesSaves(deployment({ ...MODE, artifact: "v0" }, { "core.choreo.dev/unbuilt": "true" }))).toBe(false);
  });

  test.each([
    ["a folder above its own", { ...MODE, folder: "../.." }],
    ["a folder that is a path", { ...MODE, folder: "/etc" }],
    ["a working folder that is the root", { ...MODE, workdir: "/" }],
    ["a working folder with a way out", { ...MODE, workdir: "/app/../.." }],
    ["a kind that nobody knows", { ...MODE, kind: "other" }],
    ["no object", null],
  ])("is none with %s", (_what, mode) => {
    expect(devModeOf(deployment(mode))).toBeUndefined();
  });

  test("is told in a condition, with whether saves are served that no image has", () => {
    expect(devModeStatement(deployment(MODE))).toMatchObject({ type: "DevMode", reason: "TakesSaves" });
    const saved = deployment(MODE, { "core.choreo.dev/unbuilt": "true" });
    expect(devModeStatement(saved)).toMatchObject({ type: "DevMode", reason: "ServesSaves" });
    expect(servesSaves(saved)).toBe(true);
  });
});

const podWith = (devMode: DevMode, changes: Parameters<typeof renderInput>[0] = {}): ReturnType<typeof podOf> =>
  podOf(render(renderInput({ devMode, endpointTemplates: [template("http", "HTTP", 8080)], ...changes })));

describe("a pod in dev mode", () => {
  test("runs the image's command behind the shim, in a copy of the image's folder", () => {
    const { spec } = podWith(MODE);
    const [container] = spec.containers;
    expect(container).toMatchObject({
      command: ["node", "/.choreo-dev/in/shim/shim.cjs"],
      args: ["docker-entrypoint.sh", "node", "server.js"],
    });
    expect(container?.["volumeMounts"]).toContainEqual({ name: "dev-work", mountPath: "/app" });
    expect(container?.["env"]).toContainEqual({ name: "CHOREO_DEV_PORTS", value: "8080" });
    // On the pod's disk: it outlives the container.
    expect(container?.["volumeMounts"]).toContainEqual({ name: "dev-kept", mountPath: "/.choreo-dev/kept" });
    expect(spec["volumes"]).toContainEqual({ name: "dev-kept", emptyDir: {} });
    expect(spec["initContainers"]).toMatchObject([
      { command: ["node", "/.choreo-dev/in/shim/shim.cjs", "--copy", "/app", "/.choreo-dev/work"] },
    ]);
  });

  test("runs in the image's own folder where its user may write there: there is nothing to copy before it starts", () => {
    const { spec } = podWith({ ...MODE, isWritable: true });
    expect(spec).not.toHaveProperty("initContainers");
    expect(JSON.stringify(spec)).not.toContain("dev-work");
    expect(spec.containers[0]).toMatchObject({ command: ["node", "/.choreo-dev/in/shim/shim.cjs"] });
  });

  test("is asked for its port as soon as it runs, and not with the next second", () => {
    const [container] = podWith(MODE).spec.containers;
    expect(container?.["readinessProbe"]).toMatchObject({ tcpSocket: { port: 8080 }, periodSeconds: 1 });
    expect(container).not.toHaveProperty("startupProbe");
  });

  test("mounts its own folder of the node and no other, and cannot write what it is fed with", () => {
    const { spec } = podWith(MODE);
    expect(spec["volumes"]).toContainEqual({
      ...{ name: "dev-in" },
      hostPath: { path: "/var/lib/choreo-dev/sync/abc-def/in", type: "Directory" },
    });
    expect(spec.containers[0]?.["volumeMounts"]).toContainEqual({
      ...{ name: "dev-in", mountPath: "/.choreo-dev/in", readOnly: true },
    });
  });

  test.each<DevMode>([MODE, FILES])("answers on while it ends, until the gateway asks it no more", (mode) => {
    const [container] = podWith(mode).spec.containers;
    expect(container?.["lifecycle"]).toEqual({ preStop: { sleep: { seconds: 1 } } });
    const [usual] = podOf(render(renderInput({ endpointTemplates: [template("http", "HTTP", 8080)] }))).spec.containers;
    expect(usual).not.toHaveProperty("lifecycle");
  });

  test("keeps the arguments that its artifact asks for", () => {
    const { spec } = podWith(MODE, { application: { args: ["node", "other.js"] } });
    expect(spec.containers[0]?.["args"]).toEqual(["docker-entrypoint.sh", "node", "other.js"]);
  });

  test("of a static site has the saved files where its server reads them, and its own command", () => {
    const { spec } = podWith(FILES);
    const [container] = spec.containers;
    expect(container?.["volumeMounts"]).toEqual([
      { name: "dev-in", mountPath: "/usr/share/nginx/html", subPath: "files", readOnly: true },
    ]);
    expect(container).not.toHaveProperty("command");
    expect(spec).not.toHaveProperty("initContainers");
  });

  test("is none for a task: it runs to its end", () => {
    const input = renderInput({
      ...{ devMode: MODE, type: "ScheduledTask", endpointTemplates: [] },
      application: { task: { schedule: { cron: "* * * * *" } } },
    });
    expect(JSON.stringify(render(input).workload)).not.toContain("choreo-dev/in");
  });
});
