import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RunningCluster, startCluster } from "../../../../src/engine/embedded/cluster.ts";
import type { AnyObject } from "../../../../src/k8s/types.ts";
import { untilTrue } from "../../../helpers/until.ts";

const hasKubectl = spawnSync("kubectl", ["version", "--client"], { stdio: "ignore" }).status === 0;
const POD = { apiVersion: "v1", kind: "Pod", namespace: "default" };

/** What a client library does with no configuration but that of its pod. */
const ASK = `
const { readFileSync } = require("node:fs");
const { get } = require("node:https");
const [token, ca, namespace] = ["token", "ca.crt", "namespace"].map((name) =>
  readFileSync("/var/run/secrets/kubernetes.io/serviceaccount/" + name, "utf8"));
const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port, HOSTNAME: name } = process.env;
const path = "/api/v1/namespaces/" + namespace + "/pods/" + name;
const servers = [[host, port], ["kubernetes.default.svc", 443]];
for (const [at, [host, port]] of servers.entries())
  get({ host, port, path, ca, headers: { authorization: "Bearer " + token } }, (answer) => {
    answer.resume().on("end", () => console.log(at, answer.statusCode));
  }).on("error", (error) => console.log(at, String(error)));
`;

describe("a program in a pod", () => {
  const dir = mkdtempSync(path.join(os.tmpdir(), "choreo-dev-cluster-"));
  let cluster: RunningCluster;

  beforeAll(async () => {
    const record = {
      name: "in-cluster",
      platformId: "in-cluster",
      planes: [],
      apiPort: 0,
      serviceCIDR: "",
      gatewayPorts: {},
    };
    cluster = await startCluster({ record, dir, log: () => undefined });
    await cluster.client.apply(grant("default"));
  }, 60_000);
  afterAll(async () => {
    await cluster?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  const logOf = async (name: string, command: readonly string[], spec: object = {}): Promise<string> => {
    await cluster.client.create(podOf(name, command, spec));
    await untilTrue(`pod ${name} to end`, async () => {
      const { phase } = ((await cluster.client.get({ ...POD, name }))?.["status"] ?? {}) as { phase?: string };
      return phase === "Succeeded" || phase === "Failed" ? true : undefined;
    });
    let log = "";
    for await (const piece of cluster.client.logs({ ...POD, name })) log += piece;
    return log;
  };

  test("asks the API server with its account's token, by the address and by the name that it is given", async () => {
    const lines = (await logOf("asks", ["node", "-e", ASK])).trim().split("\n").toSorted();
    expect(lines).toEqual(["0 200", "1 200"]);
  });

  test.skipIf(!hasKubectl)("is configured for client libraries as they are", async () => {
    const log = await logOf("library", ["kubectl", "get", "pods", "library", "-o", "name"]);
    expect(log).toBe("pod/library\n");
  });

  test("has no token where it wants none", async () => {
    const list = ["sh", "-c", "ls /var/run/secrets/kubernetes.io/serviceaccount 2>&1 || echo none"];
    expect(await logOf("without", list, { automountServiceAccountToken: false })).toContain("none");
  });

  test("is not made for an account that is not there", async () => {
    const refused = cluster.client.create(podOf("nobody", ["true"], { serviceAccountName: "nobody" }));
    await expect(refused).rejects.toThrow('serviceaccount "nobody" not found');
  });
});

const podOf = (name: string, command: readonly string[], spec: object): AnyObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "default", annotations: { "process.choreo.dev/command": JSON.stringify(command) } },
  spec: { restartPolicy: "Never", containers: [{ name: "main", image: "example.com/app:1" }], ...spec },
});

/** Lets the account read everything. */
const grant = (name: string): AnyObject => ({
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRoleBinding",
  metadata: { name: "reads-pods" },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
  subjects: [{ kind: "ServiceAccount", namespace: "default", name }],
});
