import { spawn, spawnSync } from "node:child_process";
import path from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { AnyObject } from "../../src/k8s/types.ts";
import { createWorld } from "../acceptance/world.ts";

const isThere = (program: string, ...args: string[]): boolean =>
  spawnSync(program, args, { stdio: "ignore" }).status === 0;
const missing = [
  ...(isThere("helm", "version") ? [] : ["helm"]),
  ...(isThere("kubectl", "version", "--client") ? [] : ["kubectl"]),
];
const reason = missing.length === 0 ? "" : ` (skipped: no ${missing.join(" and ")} on this machine)`;
const chart = path.resolve("test/embedded/helm/chart");

/** In order: each test goes on with the release that the one before left. */
describe.skipIf(missing.length > 0)(`helm on the embedded engine${reason}`, () => {
  const world = createWorld("embedded", "helm");
  let place: { readonly kubeconfig: string; readonly context: string };

  beforeAll(async () => {
    world.configure();
    await world.box.ok(["up"]);
    const { file, context } = world.kubeconfig(world.name);
    place = { kubeconfig: file, context };
  });

  const helm = (...args: string[]): Promise<string> =>
    run("helm", ["--kubeconfig", place.kubeconfig, "--kube-context", place.context, "-n", "shop", ...args]);
  const kubectl = (args: readonly string[], input = ""): Promise<string> =>
    run("kubectl", ["--kubeconfig", place.kubeconfig, "--context", place.context, "-n", "shop", ...args], input);
  const shown = async (what: string, jsonPath: string): Promise<string> =>
    kubectl(["get", ...what.split(" "), "-o", `jsonpath={${jsonPath}}`]);

  test("install --wait brings the definitions, all objects and ready pods, and runs the hook", async () => {
    await helm("install", "front", chart, "--create-namespace", "--wait", "--timeout", "60s");
    expect(await shown("deployment front", ".status.readyReplicas")).toBe("2");
    expect(await shown("greeting front", ".spec.text")).toBe("hello");
    expect(await shown("job front-installed", ".status.succeeded")).toBe("1");
  });

  test("list, status and get manifest tell of the release", async () => {
    const releases = JSON.parse(await helm("list", "-o", "json")) as { name: string; status: string }[];
    expect(releases).toMatchObject([{ name: "front", revision: "1", status: "deployed", chart: "greeter-1.0.0" }]);
    const status = JSON.parse(await helm("status", "front", "-o", "json")) as { info: { status: string } };
    expect(status.info.status).toBe("deployed");
    const kinds = [...(await helm("get", "manifest", "front")).matchAll(/^kind: (\w+)$/gm)].map(([, kind]) => kind);
    expect(new Set(kinds)).toEqual(
      new Set(["ConfigMap", "Deployment", "Greeting", "Role", "RoleBinding", "Secret", "Service", "ServiceAccount"]),
    );
  });

  test("helm test runs the test pod, which reaches the service by its name", async () => {
    expect(await helm("test", "front", "--timeout", "60s")).toMatch(/^Phase:\s+Succeeded$/m);
  });

  test("upgrade --wait rolls the pods over", async () => {
    const before = await shown("pods -l app=front", ".items[*].metadata.uid");
    await helm("upgrade", "front", chart, "--set", "greeting=welcome", "--wait", "--timeout", "60s");
    expect(await shown("deployment front", ".status.updatedReplicas")).toBe("2");
    expect(await shown("greeting front", ".spec.text")).toBe("welcome");
    const after = await shown("pods -l app=front --field-selector=status.phase=Running", ".items[*].metadata.uid");
    expect(after.split(" ").filter((uid) => !before.includes(uid))).toHaveLength(2);
    expect(await helm("test", "front", "--timeout", "60s")).toMatch(/^Phase:\s+Succeeded$/m);
  });

  test("rollback --wait brings the first revision back", async () => {
    await helm("rollback", "front", "1", "--wait", "--timeout", "60s");
    expect(await shown("configmap front", ".data.greeting")).toBe("hello");
    const history = JSON.parse(await helm("history", "front", "-o", "json")) as AnyObject[];
    expect(history.map(({ status }) => status)).toEqual(["superseded", "superseded", "deployed"]);
  });

  test("uninstall --wait removes all but definitions and hooks", async () => {
    await helm("uninstall", "front", "--wait", "--timeout", "60s");
    expect(await kubectl(["get", "deployment,service,secret,role,rolebinding,greeting", "-o", "name"])).toBe("");
    expect(await kubectl(["get", "crd", "greetings.helm.example.com", "-o", "name"])).not.toBe("");
    expect(JSON.parse(await helm("list", "-a", "-o", "json"))).toEqual([]);
  });

  test("what helm template prints can be applied by kubectl", async () => {
    await kubectl(["apply", "-f", "-"], await helm("template", "plain", chart, "--no-hooks"));
    await kubectl(["rollout", "status", "deployment/plain", "--timeout=60s"]);
    expect(await shown("deployment plain", ".status.readyReplicas")).toBe("2");
  });
});

/** Standard output of a program; what it says on the other one is the error where it fails. */
const run = (program: string, args: readonly string[], input = ""): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"], timeout: 120_000 });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(stdout);
      else reject(new Error(`${program} ${args.join(" ")}: ${code}\n${stdout}${stderr}`));
    });
  });
