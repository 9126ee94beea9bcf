import { describe, expect, test } from "vitest";
import { createEventRecorder, type RecordEvent } from "../../../src/controller/events.ts";
import { createManualClock, type ManualClock } from "../../helpers/manual-clock.ts";
import { createMemoryCluster, type MemoryCluster } from "../../helpers/memory-cluster.ts";

const THING = { apiVersion: "core.choreo.dev/v1", kind: "Organization", metadata: { name: "acme", uid: "1" } };
const PULL = { type: "Warning", reason: "ErrImagePull", message: "no such image" } as const;

const recorder = (): { cluster: MemoryCluster; clock: ManualClock; failures: string[]; record: RecordEvent } => {
  const [cluster, clock, failures] = [createMemoryCluster(), createManualClock(), [] as string[]];
  const onFailure = (message: string): void => void failures.push(message);
  return {
    cluster,
    clock,
    failures,
    record: createEventRecorder({ client: cluster.client, clock, source: "test", onFailure }),
  };
};

describe("recording events", () => {
  test("writes one Event per object, reason and message", async () => {
    const { cluster, record } = recorder();
    await record(THING, PULL);
    await record(THING, { ...PULL, message: "no such host" });
    await record({ ...THING, metadata: { name: "other", uid: "2" } }, PULL);
    expect(cluster.objects("Event")).toHaveLength(3);
    expect(cluster.objects("Event")[0]).toMatchObject({
      ...PULL,
      count: 1,
      involvedObject: { kind: "Organization", uid: "1" },
    });
  });

  test("counts what is said again, without a write for each", async () => {
    const { cluster, clock, record } = recorder();
    for (let second = 0; second < 100; second++) {
      await record(THING, PULL);
      await clock.advance(1000);
    }
    expect(cluster.objects("Event")).toMatchObject([{ count: 91 }]);
    expect(cluster.calls.filter(({ verb }) => verb === "create" || verb === "patch").length).toBeLessThan(10);
  });

  test("goes on counting after a restart", async () => {
    const { cluster, clock, record } = recorder();
    await record(THING, PULL);
    const restarted = createEventRecorder({
      client: cluster.client,
      clock,
      source: "test",
      onFailure: () => undefined,
    });
    await restarted(THING, PULL);
    expect(cluster.objects("Event")).toMatchObject([{ count: 2 }]);
  });

  test("never fails its caller", async () => {
    const { cluster, failures, record } = recorder();
    cluster.intercept = () => new Error("the server is away");
    await record(THING, PULL);
    expect(failures).toHaveLength(1);
  });

  test("shows no credentials", async () => {
    const { cluster, record } = recorder();
    await record(THING, { ...PULL, message: "cannot pull https://user:hunter2@registry.test/image" });
    expect(JSON.stringify(cluster.objects("Event"))).not.toContain("hunter2");
  });
});
