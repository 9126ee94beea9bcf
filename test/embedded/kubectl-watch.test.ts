import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, onTestFinished, test } from "vitest";
import { connect } from "../../src/k8s/connect.ts";
import { kubeconfigText } from "../../src/k8s/kubeconfig.ts";
import type { AnyObject, Endpoint } from "../../src/k8s/types.ts";
import { startApiServer } from "../helpers/api-server.ts";
import { hasKubeApiserver, startKubeApiserver } from "../helpers/kube-apiserver.ts";
import { untilTrue } from "../helpers/until.ts";

const hasKubectl = spawnSync("kubectl", ["version", "--client"], { stdio: "ignore" }).status === 0;
const LINE = "jsonpath={.type} {.object.metadata.name} {.object.data.color}{'\\n'}";
const WATCH = ["get", "configmaps", "-l", "seen", "-w", "--output-watch-events", "-o", LINE];

const map = (name: string, color: string): AnyObject => ({
  ...{ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "default", labels: { seen: "yes" } } },
  data: { color },
});

/** What kubectl prints while objects come, change and go. */
const watched = async (endpoint: Endpoint): Promise<string[]> => {
  const dir = mkdtempSync(path.join(os.tmpdir(), "choreo-dev-watch-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const file = path.join(dir, "kubeconfig");
  writeFileSync(file, kubeconfigText("watched", endpoint), { mode: 0o600 });
  const client = connect(endpoint);
  await client.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "default" } });
  await client.apply(map("first", "red"));
  const token = endpoint.token === undefined ? [] : ["--token", endpoint.token];
  const child = spawn("kubectl", ["--kubeconfig", file, ...token, ...WATCH]);
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
  const seen = (count: number): Promise<true> =>
    untilTrue(`line ${count} of kubectl get -w`, async () => (lines.length >= count ? true : undefined), 20_000);
  try {
    await seen(1);
    await client.apply(map("first", "green"));
    await seen(2);
    await client.apply(map("second", "blue"));
    await seen(3);
    await client.delete({ apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: "first" });
    await seen(4);
    return lines;
  } finally {
    child.kill();
    client.close();
  }
};

describe.skipIf(!hasKubectl)("kubectl get -w", () => {
  const EXPECTED = ["ADDED first red", "MODIFIED first green", "ADDED second blue", "DELETED first green"];

  test("tells what comes, changes and goes", async () => {
    const server = await startApiServer();
    onTestFinished(() => server.stop());
    expect(await watched(server.endpoint)).toEqual(EXPECTED);
  });

  test.skipIf(!hasKubeApiserver)("tells the same of a real kube-apiserver", async () => {
    const server = await startKubeApiserver();
    onTestFinished(() => server.stop());
    expect(await watched(server.endpoint)).toEqual(EXPECTED);
  });
});
