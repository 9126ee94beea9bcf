import { execFile } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { stringify } from "yaml";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { builtinTypes } from "../../../../../src/engine/embedded/model/types.ts";
import type { Endpoint } from "../../../../../src/k8s/types.ts";
import { type RealApiserver, hasKubeApiserver, startKubeApiserver } from "../../../../helpers/kube-apiserver.ts";
import { temporaryFolder } from "../../../../helpers/temporary-folder.ts";
import { widgets } from "./custom-type.ts";
import { type SchemaServer, startSchemaServer } from "./schema-server.ts";

const run = promisify(execFile);
const hasKubectl = (process.env["PATH"] ?? "")
  .split(path.delimiter)
  .some((dir) => existsSync(path.join(dir, "kubectl")));

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const kubectl = async (endpoint: Endpoint, args: readonly string[], input = ""): Promise<Result> => {
  const dir = temporaryFolder();
  const kubeconfig = path.join(dir, "kubeconfig");
  const cluster = {
    server: endpoint.server,
    "certificate-authority-data": Buffer.from(endpoint.ca).toString("base64"),
  };
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "a", cluster }],
    users: [{ name: "a", user: { token: endpoint.token } }],
    contexts: [{ name: "a", context: { cluster: "a", user: "a" } }],
    "current-context": "a",
  };
  writeFileSync(kubeconfig, JSON.stringify(config), { mode: 0o600 });
  const call = run("kubectl", ["--kubeconfig", kubeconfig, "--cache-dir", path.join(dir, "cache"), ...args], {
    env: { ...process.env, NO_PROXY: "127.0.0.1,localhost" },
  });
  call.child.stdin?.end(input);
  return call.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: Result) => error,
  );
};

const DEPLOYMENT = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace: "default" },
  spec: {
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: {
        containers: [
          { name: "web", image: "web:1" },
          { name: "side", image: "side:1" },
        ],
      },
    },
  },
};
const PATH = "/apis/apps/v1/namespaces/default/deployments/web";

describe.skipIf(!hasKubectl)("kubectl against the documents made here", () => {
  let server: SchemaServer;
  beforeAll(async () => {
    const live = { ...DEPLOYMENT, metadata: { ...DEPLOYMENT.metadata, resourceVersion: "1", uid: "u" } };
    server = await startSchemaServer([...builtinTypes(), widgets()], { [PATH]: live });
  });
  afterAll(() => server.stop());

  test("explains a custom resource", async () => {
    const { code, stdout, stderr } = await kubectl(server.endpoint, ["explain", "widgets.spec", "--recursive"]);
    expect(`${code}${stderr}`).toBe("0");
    expect(stdout).toContain("KIND:       Widget");
    expect(stdout).toMatch(/size\t<integer> -required-/);
    expect(stdout).toMatch(/enum: red, blue/);
  });

  test("creates with the server's validation of fields", async () => {
    const body = stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c" }, data: { a: "b" } });
    const args = ["create", "-f", "-", "--validate=strict", "--dry-run=server", "-o", "name"];
    const { code, stdout, stderr } = await kubectl(server.endpoint, args, body);
    expect(`${code}${stderr}`).toBe("0");
    expect(stdout.trim()).toBe("configmap/c");
    const write = server.writes.find(({ url }) => url.searchParams.has("dryRun"));
    expect(write?.url.pathname).toBe("/api/v1/namespaces/default/configmaps");
    expect(Object.fromEntries(write?.url.searchParams ?? [])).toMatchObject({
      dryRun: "All",
      fieldValidation: "Strict",
    });
  });

  test.each<readonly [string, readonly string[], Record<string, unknown>]>([
    [
      "/api/v1/namespaces/default/configmaps",
      ["create", "configmap", "c", "--from-literal=a=b"],
      { kind: "ConfigMap", apiVersion: "v1", metadata: { name: "c" }, data: { a: "b" } },
    ],
    [
      "/api/v1/namespaces/default/serviceaccounts/s/token",
      ["create", "token", "s", "--duration=1h"],
      { kind: "TokenRequest", apiVersion: "authentication.k8s.io/v1", spec: { expirationSeconds: 3600 } },
    ],
    [
      "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
      ["auth", "can-i", "get", "pods"],
      { kind: "SelfSubjectAccessReview", spec: { resourceAttributes: { verb: "get", resource: "pods" } } },
    ],
    [
      "/apis/apps/v1/namespaces/default/deployments",
      ["create", "deployment", "d", "--image=web:1", "--replicas=2"],
      {
        kind: "Deployment",
        spec: {
          replicas: 2,
          strategy: {},
          template: { spec: { containers: [{ name: "web", image: "web:1", resources: {} }] } },
        },
      },
    ],
  ])("sends protobuf to %s that can be read", async (path, args, body) => {
    await kubectl(server.endpoint, args);
    const write = server.writes.find(
      ({ url, contentType }) => url.pathname === path && contentType?.endsWith("protobuf"),
    );
    expect(write?.contentType).toBe("application/vnd.kubernetes.protobuf");
    expect(write?.body).toMatchObject(body);
  });

  test("applies with a strategic merge patch by the keys of the schema", async () => {
    const desired = structuredClone(DEPLOYMENT);
    desired.spec.template.spec.containers = [
      { name: "web", image: "web:2" },
      { name: "side", image: "side:1" },
    ];
    const { code, stderr } = await kubectl(server.endpoint, ["apply", "-f", "-"], stringify(desired));
    expect(`${code}${stderr.replace(/^Warning: .*\n/m, "")}`).toBe("0");
    const patch = server.writes.at(-1);
    expect(patch?.contentType).toBe("application/strategic-merge-patch+json");
    expect(patch?.body).toMatchObject({
      spec: {
        template: {
          spec: {
            "$setElementOrder/containers": [{ name: "web" }, { name: "side" }],
            containers: [{ name: "web", image: "web:2" }],
          },
        },
      },
    });
  });

  describe.skipIf(!hasKubeApiserver)("beside the real server", () => {
    let real: RealApiserver;
    beforeAll(async () => {
      real = await startKubeApiserver();
    }, 60_000);
    afterAll(() => real.stop());

    /** Without descriptions: they are no facts. */
    const structure = (explained: string): string[] =>
      explained
        .split("\n")
        .filter((line) => /^(GROUP|KIND|VERSION|FIELDS?|ENUM)|^\s+\S+\t<|^\s+enum: /.test(line))
        .map((line) => line.trim());

    test.each([
      "deployment.spec.strategy",
      "deployment",
      "pods.spec.containers",
      "services",
      "ingress.spec",
      "cronjobs",
      "crd.spec",
      "hpa.spec",
      "persistentvolumeclaims",
      "networkpolicies",
      "validatingadmissionpolicies",
      "endpointslices",
      "nodes.status",
    ])("explains %s like it", async (what) => {
      const args = ["explain", what, "--recursive"];
      const [ours, theirs] = await Promise.all([kubectl(server.endpoint, args), kubectl(real.endpoint, args)]);
      expect(ours.code).toBe(0);
      expect(structure(ours.stdout)).toEqual(structure(theirs.stdout));
      expect(structure(ours.stdout).length).toBeGreaterThan(4);
    });
  });
});
