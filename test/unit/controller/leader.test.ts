import { afterEach, describe, expect, test } from "vitest";
import { leadWithLease } from "../../../src/controller/leader.ts";
import { KubeError } from "../../../src/k8s/errors.ts";
import { createManualClock, type ManualClock, settled } from "../../helpers/manual-clock.ts";
import { createMemoryCluster, type MemoryCluster } from "../../helpers/memory-cluster.ts";

interface Candidate {
  readonly states: string[];
  leads(): boolean;
  stop(): Promise<void>;
}

const running: Candidate[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((candidate) => candidate.stop()));
});

const campaign = (identity: string, cluster: MemoryCluster, clock: ManualClock): Candidate => {
  const abort = new AbortController();
  const states: string[] = [];
  let leads = false;
  const lead = async (signal: AbortSignal): Promise<void> => {
    leads = true;
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    leads = false;
  };
  const onState = (state: string): void => void states.push(state);
  const ended = leadWithLease({ client: cluster.client, identity, lead, signal: abort.signal, onState, clock });
  const candidate: Candidate = {
    states,
    leads: () => leads,
    stop: async () => {
      abort.abort();
      await ended;
    },
  };
  running.push(candidate);
  return candidate;
};

const unreachable = new KubeError("no answer", { status: 0, reason: "Unreachable" });

describe("leading with a lease", () => {
  test("of two candidates one leads, and the other follows at once when it stops", async () => {
    const [cluster, clock] = [createMemoryCluster(), createManualClock()];
    const first = campaign("first", cluster, clock);
    await settled();
    const second = campaign("second", cluster, clock);
    await clock.advance(60_000);
    expect([first.leads(), second.leads()]).toEqual([true, false]);
    await first.stop();
    await clock.advance(3000);
    expect([first.leads(), second.leads()]).toEqual([false, true]);
  });

  test("a leader that dies without a word is followed when its lease has run out, not before", async () => {
    const [cluster, clock] = [createMemoryCluster(), createManualClock()];
    await cluster.client.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "choreo-system" } });
    cluster.put({
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { name: "43500532.choreo.dev", namespace: "choreo-system" },
      spec: { holderIdentity: "dead", leaseDurationSeconds: 15 },
    });
    const second = campaign("second", cluster, clock);
    await clock.advance(14_000);
    expect(second.leads()).toBe(false);
    await clock.advance(4000);
    expect(second.leads()).toBe(true);
    expect(cluster.objects("Lease")[0]).toMatchObject({ spec: { holderIdentity: "second", leaseTransitions: 1 } });
  });

  test("a leader that cannot renew stops before its lease runs out, and leads again when the server is back", async () => {
    const [cluster, clock] = [createMemoryCluster(), createManualClock()];
    const only = campaign("only", cluster, clock);
    await clock.advance(5000);
    expect(only.leads()).toBe(true);
    cluster.intercept = () => unreachable;
    await clock.advance(15_000);
    expect(only.leads()).toBe(false);
    cluster.intercept = () => undefined;
    await clock.advance(3000);
    expect(only.states).toEqual(["leading", "lost", "waiting", "leading"]);
  });

  test("a short silence of the server costs no leadership", async () => {
    const [cluster, clock] = [createMemoryCluster(), createManualClock()];
    const only = campaign("only", cluster, clock);
    await clock.advance(5000);
    cluster.intercept = () => unreachable;
    await clock.advance(5000);
    cluster.intercept = () => undefined;
    await clock.advance(30_000);
    expect(only.states).toEqual(["leading"]);
  });

  test("a leader whose lease was taken by hand stops", async () => {
    const [cluster, clock] = [createMemoryCluster(), createManualClock()];
    const only = campaign("only", cluster, clock);
    await clock.advance(1000);
    const [lease] = cluster.objects("Lease");
    cluster.put({ ...lease!, spec: { holderIdentity: "other", leaseDurationSeconds: 3600 } });
    await clock.advance(3000);
    expect(only.leads()).toBe(false);
  });
});
