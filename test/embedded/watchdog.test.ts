import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { AnyObject } from "../../src/k8s/types.ts";
import { poll } from "../../src/lib/poll.ts";
import { createWorld } from "../acceptance/world.ts";
import { processesWith } from "../helpers/docker.ts";
import { untilTrue } from "../helpers/until.ts";

const DEPLOYMENT = { apiVersion: "apps/v1", kind: "Deployment" } as const;
/** A tree of shells, one of which left its group and none of which minds SIGTERM. */
const STUBBORN = ["sh", "-c", "trap '' TERM; setsid sh -c \"trap '' TERM; sleep 600\" & sleep 600 & wait"];

const deployment = (name: string, command: readonly string[]): AnyObject => ({
  ...DEPLOYMENT,
  metadata: { name, namespace: "default" },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name }, annotations: { "process.choreo.dev/command": JSON.stringify(command) } },
      spec: { containers: [{ name: "main", image: "example.com/none:1" }] },
    },
  },
});

describe("a supervisor that is killed", () => {
  const world = createWorld("embedded", "watchdog");

  beforeAll(async () => {
    world.configure();
    await world.box.ok(["up"]);
  });

  /** Processes of this platform's pods, whoever their parent is now. */
  const workloads = (): string[] =>
    readdirSync("/proc").filter((pid) => {
      if (!/^\d+$/.test(pid)) return false;
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, "latin1");
        return environment.includes("\0CHOREO_PROCESS=") && environment.includes(world.box.home);
      } catch {
        return false; // It ended meanwhile.
      }
    });
  const ready = async (): Promise<void> => {
    const client = await world.client(world.name);
    await untilTrue("all pods to be ready", async () => {
      const { items } = await client.list(DEPLOYMENT, { namespace: "default" });
      const replicas = items.map(({ status }) => (status as { readyReplicas?: number } | undefined)?.readyReplicas);
      return replicas.length === 2 && replicas.every((count) => count === 2) ? true : undefined;
    });
  };
  const stored = async (): Promise<unknown> => {
    const { items } = await (await world.client(world.name)).list(DEPLOYMENT, { namespace: "default" });
    return items.map(({ metadata, spec }) => ({ uid: metadata.uid, created: metadata.creationTimestamp, spec }));
  };

  test("leaves no process of a pod after 5 s, and comes back with all of them", async () => {
    const client = await world.client(world.name);
    await client.create(deployment("plain", ["sleep", "600"]));
    await client.create(deployment("stubborn", STUBBORN));
    await ready();
    expect(workloads().length).toBeGreaterThanOrEqual(2 + 2 * 3);
    const before = await stored();

    const [supervisor] = (await processesWith(path.join(world.box.home, "state"))).filter((line) =>
      line.includes("supervisor.js"),
    );
    process.kill(Number(supervisor?.trim().split(" ")[0]), "SIGKILL");
    await poll(
      async () => {
        const left = workloads();
        return left.length === 0 ? { done: true, value: true } : { done: false, missing: `${left.length} processes` };
      },
      { what: "the watchdog", timeoutMs: 5000, intervalMs: 50 },
    );

    await world.box.ok(["up"]);
    expect(await stored()).toEqual(before);
    await ready();
    expect(workloads().length).toBeGreaterThanOrEqual(2 + 2 * 3);
  });
});
