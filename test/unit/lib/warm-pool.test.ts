import { describe, expect, test } from "vitest";
import { type Deferred, deferred } from "../../../src/lib/deferred.ts";
import { createWarmPool } from "../../../src/lib/warm-pool.ts";

interface Thing {
  readonly id: number;
  used: boolean;
}

/** A pool whose things are made when the test says so. */
const poolOf = (size: number, { comesBack = true }: { readonly comesBack?: boolean } = {}) => {
  const asked: Deferred<void>[] = [];
  const discarded: number[] = [];
  const broken = new Set<number>();
  const pool = createWarmPool<Thing>({
    size,
    make: async () => {
      const go = deferred();
      const id = asked.push(go);
      await go.promise;
      return { id, used: false };
    },
    comesBack: () => comesBack,
    renew: async (thing) => {
      if (broken.has(thing.id)) throw new Error("broken");
      thing.used = false;
    },
    discard: async ({ id }) => void discarded.push(id),
    closed: () => new Error("closed"),
  });
  return { pool, asked, discarded, broken };
};
const settled = (): Promise<void> => new Promise(setImmediate);

/** A pool whose things are there. */
const warmPool = async (size: number, options?: { readonly comesBack: boolean }) => {
  const made = poolOf(size, options);
  for (let at = 0; at < size; at++) {
    await settled();
    made.asked[at]?.resolve();
  }
  await made.pool.warm();
  return made;
};

describe("a warm pool", () => {
  test("makes one thing after the other before anybody wants one", async () => {
    const { pool, asked } = poolOf(2);
    await settled();
    expect(asked).toHaveLength(1);
    const wanted = pool.take();
    asked[0]?.resolve();
    expect((await wanted).id).toBe(1);
    await settled();
    expect(asked).toHaveLength(2);
    asked[1]?.resolve();
    await pool.warm();
    expect((await pool.take()).id).toBe(2);
  });

  test("hands out what was given back as it was when it was new, and makes no other", async () => {
    const { pool, asked } = await warmPool(1);
    for (let at = 0; at < 3; at++) {
      const thing = await pool.take();
      expect(thing).toEqual({ id: 1, used: false });
      thing.used = true;
      pool.giveBack(thing);
      pool.giveBack(thing);
    }
    expect(asked).toHaveLength(1);
  });

  test("makes more for those who want more than it keeps, and discards what is too much", async () => {
    const { pool, asked, discarded } = await warmPool(1);
    const first = await pool.take();
    const more = pool.take();
    await settled();
    asked[1]?.resolve();
    const second = await more;
    expect(second.id).toBe(2);
    pool.giveBack(first);
    expect(discarded).toEqual([1]);
    pool.giveBack(second);
    expect((await pool.take()).id).toBe(2);
  });

  test("gives what comes back to whoever waits, also where another one is being made for them", async () => {
    const { pool, asked } = await warmPool(2);
    const first = await pool.take();
    await pool.take();
    const wanted = [pool.take(), pool.take()];
    await settled();
    expect(asked).toHaveLength(3);
    pool.giveBack(first);
    expect(await wanted[0]).toBe(first);
    asked[2]?.resolve();
    expect((await wanted[1])?.id).toBe(3);
  });

  test("makes another one when one cannot be renewed", async () => {
    const { pool, asked, discarded, broken } = await warmPool(1);
    broken.add(1);
    pool.giveBack(await pool.take());
    await settled();
    expect([discarded, asked.length]).toEqual([[1], 2]);
    asked[1]?.resolve();
    expect((await pool.take()).id).toBe(2);
  });

  test("makes the next one as soon as one is taken that does not come back", async () => {
    const { pool, asked, discarded } = await warmPool(1, { comesBack: false });
    const first = await pool.take();
    await settled();
    expect(asked).toHaveLength(2);
    pool.giveBack(first);
    expect(discarded).toEqual([1]);
  });

  test("tells who waits why nothing could be made, and tries again for the next", async () => {
    const { pool, asked } = poolOf(1);
    await settled();
    const wanted = pool.take();
    asked[0]?.reject(new Error("no room"));
    await expect(wanted).rejects.toThrow("no room");
    const again = pool.take();
    await settled();
    asked[1]?.resolve();
    expect((await again).id).toBe(2);
  });

  test("closed, discards what waits, what is in use and what was on its way, and hands out nothing", async () => {
    const { pool, asked, discarded } = poolOf(3);
    for (const at of [0, 1]) {
      await settled();
      asked[at]?.resolve();
    }
    await settled();
    const taken = await pool.take();
    const ended = pool.close();
    asked[2]?.resolve();
    await ended;
    pool.giveBack(taken);
    expect(new Set(discarded)).toEqual(new Set([1, 2, 3]));
    expect(discarded).toHaveLength(3);
    await expect(pool.take()).rejects.toThrow("closed");
  });
});
