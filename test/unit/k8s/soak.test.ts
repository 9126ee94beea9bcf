import { expect, onTestFinished, test } from "vitest";
import { connect } from "../../../src/k8s/connect.ts";
import { startInformer } from "../../../src/k8s/informer.ts";
import type { AnyObject } from "../../../src/k8s/types.ts";
import { refusal, reset, startFakeApiserver } from "../../helpers/fake-apiserver.ts";
import { createManualClock } from "../../helpers/manual-clock.ts";

const ROUNDS = 70;
/** Of the clock that the informer goes by. */
const SHORTEST_SOAK_MS = 10 * 60_000;
/** A watch, a list, and one that is on its way out. */
const MOST_CONNECTIONS = 3;
const MOST_GROWTH_BYTES = 60_000_000;
const SEEDS = [1, 2, 3];

/** Numbers in [0, 1) that are the same for the same seed (the generator that is called mulberry32). */
const seeded = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

/** Follows what an informer tells, and notes what cannot have happened. */
const createWitness = () => {
  const known = new Map<string, AnyObject>();
  const impossible: string[] = [];
  const versionOf = (object: AnyObject | undefined): number => Number(object?.metadata.resourceVersion);
  const onChange = (before: AnyObject | undefined, after: AnyObject | undefined): void => {
    const { name } = (after ?? before)?.metadata ?? { name: "" };
    if (known.get(name) !== before) impossible.push(`${name}: a change of something else than was told before`);
    if (before !== undefined && after !== undefined) {
      if (before.metadata.uid !== after.metadata.uid) impossible.push(`${name}: became another object`);
      if (versionOf(after) <= versionOf(before)) impossible.push(`${name}: went back in time`);
    }
    if (after === undefined) known.delete(name);
    else known.set(name, after);
  };
  return { known, impossible, onChange };
};

test.each(SEEDS)("an informer stays true to a server that fails in every way (seed %i)", async (seed) => {
  const random = seeded(seed);
  const { configMaps, endpoint, script, cut, connections, requests } = await startFakeApiserver();
  const client = connect(endpoint);
  const manual = createManualClock();
  let sleptMs = 0;
  const clock = { ...manual, now: () => manual.now() + sleptMs };
  const abort = new AbortController();
  onTestFinished(() => {
    abort.abort();
    client.close();
  });
  const witness = createWitness();
  const informer = startInformer(
    client,
    { apiVersion: "v1", kind: "ConfigMap" },
    { signal: abort.signal, clock, random: seeded(seed), idleTimeoutMs: 200, onChange: witness.onChange },
  );
  await informer.synced;

  const name = (): string => `cm-${Math.floor(random() * 8)}`;
  const actions: readonly (() => void)[] = [
    ...Array.from({ length: 8 }, () => () => configMaps.put(name(), { value: String(random()) })),
    ...Array.from({ length: 3 }, () => () => configMaps.remove(name())),
    configMaps.compact,
    configMaps.bookmark,
    configMaps.endWatches,
    configMaps.cutWatches,
    configMaps.cutWatchesInLine,
    configMaps.freezeWatches,
    configMaps.expireWatches,
    () => (sleptMs += 3_600_000),
    () => script(refusal(429, "TooManyRequests"), refusal(500, "InternalError"), refusal(503, "Unavailable")),
    () => script(reset),
    cut,
  ];
  const seen = (): unknown =>
    Object.fromEntries(informer.list().map((object) => [object.metadata.name, object["data"]]));
  const catchUp = async (): Promise<void> => {
    const step = async (): Promise<unknown> => {
      await clock.advance(500);
      return seen();
    };
    await expect.poll(step, { timeout: 10_000, interval: 1 }).toEqual(configMaps.state());
  };
  let mostConnections = 0;
  const heapBefore = process.memoryUsage().heapUsed;
  for (let round = 0; round < ROUNDS; round++) {
    for (let count = Math.ceil(random() * 4); count > 0; count--) actions[Math.floor(random() * actions.length)]?.();
    if (random() < 0.6) await catchUp();
    else await clock.advance(Math.floor(random() * 60_000));
    mostConnections = Math.max(mostConnections, connections());
  }
  // What happens while a stream hangs is found only because its silence is noticed.
  await catchUp();
  await expect.poll(configMaps.watches, { timeout: 10_000 }).toBeGreaterThan(0);
  configMaps.freezeWatches();
  configMaps.put("after the stream hung");
  await catchUp();
  expect(witness.impossible).toEqual([]);
  const soakedMs = manual.monotonic();
  expect(soakedMs).toBeGreaterThan(SHORTEST_SOAK_MS);
  expect(mostConnections).toBeLessThanOrEqual(MOST_CONNECTIONS);
  // It comes back at once and then waits longer and longer: no storm of requests after a fault.
  expect(requests.length / (soakedMs / 1000)).toBeLessThan(2);
  expect(process.memoryUsage().heapUsed - heapBefore).toBeLessThan(MOST_GROWTH_BYTES);
  expect(informer.list()).toEqual([...witness.known.values()]);
});
