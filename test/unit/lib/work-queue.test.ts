import { describe, expect, test } from "vitest";
import { WorkQueue } from "../../../src/lib/work-queue.ts";
import { createManualClock } from "../../helpers/manual-clock.ts";

const never = new AbortController().signal;

describe("a work queue", () => {
  test("holds a key once, however often it is added", async () => {
    const queue = new WorkQueue();
    queue.add("a");
    queue.add("a");
    queue.add("b");
    expect([await queue.take(never), await queue.take(never)]).toEqual(["a", "b"]);
    expect(queue.depth).toBe(0);
  });

  test("hands a key that is added during its work out again, and only after it is done", async () => {
    const queue = new WorkQueue();
    queue.add("a");
    await queue.take(never);
    queue.add("a");
    queue.add("a");
    expect(queue.depth).toBe(0);
    queue.done("a");
    expect(queue.depth).toBe(1);
  });

  test("gives a key to one of the waiting workers", async () => {
    const queue = new WorkQueue();
    const workers = [queue.take(never), queue.take(never)];
    queue.add("a");
    queue.add("b");
    expect(await Promise.all(workers)).toEqual(["a", "b"]);
  });

  test("lets a waiting worker go when its signal aborts, and loses no key by it", async () => {
    const queue = new WorkQueue();
    const abort = new AbortController();
    const waiting = queue.take(abort.signal);
    abort.abort();
    expect(await waiting).toBeUndefined();
    queue.add("a");
    expect(await queue.take(never)).toBe("a");
  });

  test("adds a delayed key when its time has come; the last delay counts", async () => {
    const clock = createManualClock();
    const queue = new WorkQueue({ clock });
    queue.addAfter("a", 1000);
    queue.addAfter("a", 5000);
    await clock.advance(4999);
    expect(queue.depth).toBe(0);
    await clock.advance(1);
    expect(queue.depth).toBe(1);
  });

  test("forgets the delay of a key that runs earlier", async () => {
    const clock = createManualClock();
    const queue = new WorkQueue({ clock });
    queue.addAfter("a", 1000);
    queue.add("a");
    queue.done((await queue.take(never)) ?? "");
    await clock.advance(2000);
    expect(queue.depth).toBe(0);
    expect(clock.sleepers()).toBe(0);
  });

  test("doubles the delay of a key with each failure up to the maximum, per key", () => {
    const queue = new WorkQueue({ clock: createManualClock(), random: () => 0.5 });
    const delays = Array.from({ length: 12 }, () => queue.retry("a"));
    expect(delays).toEqual([200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000, 60_000, 60_000]);
    expect(queue.retry("b")).toBe(200);
    queue.forget("a");
    expect(queue.retry("a")).toBe(200);
  });

  test("spreads retries by a quarter to both sides", () => {
    const early = new WorkQueue({ clock: createManualClock(), random: () => 0 });
    const late = new WorkQueue({ clock: createManualClock(), random: () => 1 });
    expect([early.retry("a"), late.retry("a")]).toEqual([150, 250]);
  });

  test("keeps no key and no timer after it is closed", async () => {
    const clock = createManualClock();
    const queue = new WorkQueue({ clock });
    queue.add("a");
    queue.addAfter("b", 1000);
    queue.close();
    queue.add("c");
    queue.addAfter("d", 1000);
    await clock.advance(2000);
    expect(queue.depth).toBe(0);
    expect(clock.sleepers()).toBe(0);
  });

  test("never has a key in two hands and never loses the last change, in any order of events", async () => {
    const seen = new Map<string, number>();
    const written = new Map<string, number>();
    const queue = new WorkQueue();
    const abort = new AbortController();
    const inWork = new Set<string>();
    const worker = async (): Promise<void> => {
      for (;;) {
        const key = await queue.take(abort.signal);
        if (key === undefined) return;
        expect(inWork.has(key)).toBe(false);
        inWork.add(key);
        seen.set(key, written.get(key) ?? 0);
        await new Promise((resolve) => setImmediate(resolve));
        inWork.delete(key);
        queue.done(key);
      }
    };
    const workers = Array.from({ length: 4 }, worker);
    for (let turn = 0; turn < 500; turn++) {
      const key = `key-${Math.floor(Math.random() * 5)}`;
      written.set(key, turn);
      queue.add(key);
      if (turn % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await expect.poll(() => seen).toEqual(written);
    abort.abort();
    await Promise.all(workers);
  });
});
