import { afterEach, describe, expect, test } from "vitest";
import { type Controller, createController } from "../../../src/controller/controller.ts";
import { HierarchyMissing } from "../../../src/controller/hierarchy.ts";
import {
  again,
  DONE,
  type Key,
  type Outcome,
  type ReconcileContext,
  TerminalError,
} from "../../../src/controller/reconciler.ts";
import { KubeError } from "../../../src/k8s/errors.ts";
import { isChoreoError } from "../../../src/lib/errors.ts";
import { createManualClock, type ManualClock, settled } from "../../helpers/manual-clock.ts";

interface Bench {
  readonly clock: ManualClock;
  readonly controller: Controller;
  /** Milliseconds of the clock at which the reconciler ran. */
  readonly ranAt: number[];
  readonly errors: unknown[];
  stop(): Promise<void>;
}

const benches: Bench[] = [];
afterEach(async () => {
  await Promise.all(benches.splice(0).map((bench) => bench.stop()));
});

const run = (reconcile: (key: Key, signal: AbortSignal) => Promise<Outcome> | Outcome, workers = 1): Bench => {
  const clock = createManualClock();
  const abort = new AbortController();
  const ranAt: number[] = [];
  const errors: unknown[] = [];
  const controller = createController({
    reconciler: {
      kind: "Thing",
      watches: [],
      // Not async on purpose: what it throws at once has to be caught as well.
      reconcile: (key, { signal }) => {
        ranAt.push(clock.monotonic());
        return reconcile(key, signal) as Promise<Outcome>;
      },
    },
    context: (signal) => ({ signal }) as ReconcileContext,
    clock,
    workers,
    timeoutMs: 60_000,
    onError: (error) => errors.push(error),
    random: () => 0.5,
  });
  const ended = controller.run(abort.signal);
  const bench: Bench = {
    clock,
    controller,
    ranAt,
    errors,
    stop: async () => {
      abort.abort();
      await ended;
    },
  };
  benches.push(bench);
  return bench;
};

const THING = { namespace: "acme", name: "thing" };

describe("a controller", () => {
  test("runs a key once and leaves it alone when it is done", async () => {
    const bench = run(() => DONE);
    bench.controller.enqueue(THING);
    await bench.clock.advance(600_000);
    expect(bench.ranAt).toEqual([0]);
    expect(bench.controller.stats()).toEqual({ queued: 0, running: 0, reconciles: 1, errors: 0 });
  });

  test("hands the reconciler the key that was queued", async () => {
    const keys: Key[] = [];
    const bench = run((key) => {
      keys.push(key);
      return DONE;
    });
    bench.controller.enqueue(THING);
    bench.controller.enqueue({ namespace: undefined, name: "cluster-wide" });
    await settled();
    expect(keys).toEqual([THING, { namespace: undefined, name: "cluster-wide" }]);
  });

  test("runs a key again after the time that it asks for", async () => {
    const bench = run(() => again(30_000));
    bench.controller.enqueue(THING);
    await bench.clock.advance(60_000);
    expect(bench.ranAt).toEqual([0, 30_000, 60_000]);
  });

  test("retries what fails with a growing delay, and starts small again after a success", async () => {
    let left = 3;
    const bench = run(() => {
      if (left-- > 0) throw new Error("not yet");
      return DONE;
    });
    bench.controller.enqueue(THING);
    await bench.clock.advance(10_000);
    left = 1;
    bench.controller.enqueue(THING);
    await bench.clock.advance(10_000);
    expect(bench.ranAt).toEqual([0, 200, 600, 1400, 10_000, 10_200]);
    expect(bench.errors).toHaveLength(4);
  });

  test("stops after a terminal error until the object changes", async () => {
    const bench = run(() => {
      throw new TerminalError("wrong for good");
    });
    bench.controller.enqueue(THING);
    await bench.clock.advance(600_000);
    bench.controller.enqueue(THING);
    await settled();
    expect(bench.ranAt).toEqual([0, 600_000]);
    expect(bench.controller.stats().errors).toBe(2);
  });

  test("waits 2 s and more for a missing parent, and does not call it an error", async () => {
    const bench = run(() => {
      throw new HierarchyMissing("there is no Project");
    });
    bench.controller.enqueue(THING);
    await bench.clock.advance(74_000);
    expect(bench.ranAt).toEqual([0, 2000, 6000, 14_000, 30_000, 60_000]);
    expect(bench.errors).toEqual([]);
  });

  test("retries a write conflict soon and does not call it an error", async () => {
    let conflicts = 1;
    const bench = run(() => {
      if (conflicts-- > 0) throw new KubeError("changed", { status: 409, reason: "Conflict" });
      return DONE;
    });
    bench.controller.enqueue(THING);
    await bench.clock.advance(1000);
    expect(bench.ranAt).toEqual([0, 200]);
    expect(bench.errors).toEqual([]);
  });

  test("ends a run that takes too long by its signal, and tries again", async () => {
    const bench = run(async (_key, signal) => {
      await new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
      return DONE;
    });
    bench.controller.enqueue(THING);
    await bench.clock.advance(60_200);
    expect(bench.ranAt).toEqual([0, 60_200]);
    expect(bench.errors.map((error) => isChoreoError(error, "E_TIMEOUT"))).toEqual([true]);
  });

  test("gives the worker to others when a run ignores its signal, but never runs its key beside it", async () => {
    let release = (): void => undefined;
    const ran: string[] = [];
    const bench = run(async ({ name }) => {
      ran.push(name);
      if (name === "deaf" && ran.length === 1) await new Promise<void>((resolve) => (release = resolve));
      return DONE;
    });
    bench.controller.enqueue({ namespace: "acme", name: "deaf" });
    bench.controller.enqueue({ namespace: "acme", name: "other" });
    await bench.clock.advance(300_000);
    expect(ran).toEqual(["deaf", "other"]);
    release();
    await bench.clock.advance(1000);
    expect(ran).toEqual(["deaf", "other", "deaf"]);
  });

  test("never runs one key twice at a time, whatever the number of workers", async () => {
    let running = 0;
    let most = 0;
    const bench = run(async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      return DONE;
    }, 8);
    for (let change = 0; change < 50; change++) {
      bench.controller.enqueue(THING);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(most).toBe(1);
  });
});
