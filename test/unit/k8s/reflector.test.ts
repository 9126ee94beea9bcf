import { describe, expect, onTestFinished, test } from "vitest";
import type { WatchEvent } from "../../../src/k8s/client.ts";
import { KubeError } from "../../../src/k8s/errors.ts";
import { type ReflectorState, reflect } from "../../../src/k8s/reflector.ts";
import { createManualClock, settled } from "../../helpers/manual-clock.ts";
import { CONFIG_MAPS, breaks, configMap, createScriptedClient, ends, sends, silent } from "./scripted-client.ts";

const GONE: WatchEvent = { type: "ERROR", object: { code: 410, reason: "Expired", message: "too old" } };
const bookmark = (version: string): WatchEvent => ({ type: "BOOKMARK", object: configMap("", version) });

/** A reflector on a clock that stands still. Chance always gives its least, so pauses are half of their length. */
const start = () => {
  const scripted = createScriptedClient();
  const abort = new AbortController();
  onTestFinished(() => abort.abort());
  const manual = createManualClock();
  let sleptMs = 0;
  const clock = { ...manual, now: () => manual.now() + sleptMs };
  const seen: string[] = [];
  const states: ReflectorState["state"][] = [];
  const sink = {
    replace: ({ items }: { items: readonly { metadata: { name: string } }[] }) =>
      void seen.push(`=${items.map(({ metadata }) => metadata.name).join()}`),
    upsert: ({ metadata }: { metadata: { name: string } }) => void seen.push(`+${metadata.name}`),
    remove: ({ metadata }: { metadata: { name: string } }) => void seen.push(`-${metadata.name}`),
  };
  const run = (): Promise<void> =>
    reflect(scripted.client, CONFIG_MAPS, sink, {
      signal: abort.signal,
      clock,
      random: () => 0,
      onState: ({ state }) => states.push(state),
    });
  return { ...scripted, scripted, clock, abort, seen, states, run, sleepMachine: (ms: number) => (sleptMs += ms) };
};

describe("a reflector", () => {
  test("lists, then watches from the version of the list", async () => {
    const { scripted, calls, seen, run } = start();
    scripted.list = () => ({ items: [configMap("a", "9")], resourceVersion: "10" });
    scripted.watches.push(
      sends(
        { type: "ADDED", object: configMap("b", "11") },
        { type: "MODIFIED", object: configMap("a", "12") },
        { type: "DELETED", object: configMap("b", "13") },
      ),
    );
    void run();
    await settled();
    expect(calls).toEqual(["list", "watch 10"]);
    expect(seen).toEqual(["=a", "+b", "+a", "-b"]);
  });

  test("goes on from the last event or bookmark when the server ends a watch", async () => {
    const { calls, watches, clock, seen, run } = start();
    watches.push(ends({ type: "ADDED", object: configMap("a", "11") }), ends(bookmark("90")));
    void run();
    await clock.advance(10_000);
    expect(calls).toEqual(["list", "watch 10", "watch 11", "watch 90"]);
    expect(seen).toEqual(["=", "+a"]);
  });

  test("lists anew at once when its version is gone", async () => {
    const { calls, watches, states, run } = start();
    watches.push(ends(bookmark("20"), GONE));
    void run();
    await settled();
    expect(calls).toEqual(["list", "watch 10", "list", "watch 10"]);
    expect(states).not.toContain("retrying");
  });

  test("pauses when the version of a fresh list is gone too", async () => {
    const { calls, watches, clock, run } = start();
    watches.push(ends(GONE), breaks(new KubeError("too old", { status: 410, reason: "Expired" })));
    void run();
    await settled();
    expect(calls).toEqual(["list", "watch 10", "list", "watch 10"]);
    await clock.advance(5000);
    expect(calls).toEqual(["list", "watch 10", "list", "watch 10", "list", "watch 10"]);
  });

  test("tries a broken stream again from where it was, with pauses that grow up to a limit", async () => {
    const { watches, calls, clock, run } = start();
    const openedAtMs: number[] = [];
    for (let i = 0; i < 9; i++) {
      watches.push((options) => {
        openedAtMs.push(clock.monotonic());
        return breaks()(options);
      });
    }
    void run();
    await clock.advance(120_000);
    const pauses = openedAtMs.slice(1).map((at, index) => at - (openedAtMs[index] ?? 0));
    expect(pauses).toEqual([250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000]);
    expect(calls.filter((call) => call === "list")).toHaveLength(1);
  });

  test("begins with short pauses again after a watch that held", async () => {
    const { watches, clock, calls, run } = start();
    watches.push(breaks(), breaks(), breaks(), async function* () {
      await clock.sleep(60_000);
      yield* breaks()({ resourceVersion: "", timeoutSeconds: 0, idleTimeoutMs: 0 });
    });
    void run();
    await clock.advance(250 + 500 + 1000 + 60_000);
    expect(calls).toHaveLength(1 + 4);
    await clock.advance(250);
    expect(calls).toHaveLength(1 + 5);
  });

  test("tries a list that fails again, and says so", async () => {
    const { scripted, clock, states, calls, run } = start();
    let failures = 2;
    scripted.list = () => {
      if (failures-- > 0) throw new KubeError("no answer", { status: 0, reason: "Unreachable" });
      return { items: [], resourceVersion: "10" };
    };
    void run();
    await clock.advance(750);
    expect(calls).toEqual(["list", "list", "list", "watch 10"]);
    expect(states).toEqual(["listing", "retrying", "listing", "retrying", "listing", "watching"]);
  });

  test("lists anew after the machine slept, although the stream looks open", async () => {
    const { calls, clock, sleepMachine, run } = start();
    void run();
    await clock.advance(60_000);
    expect(calls).toEqual(["list", "watch 10"]);
    sleepMachine(3_600_000);
    await clock.advance(10_000);
    expect(calls).toEqual(["list", "watch 10", "list", "watch 10"]);
  });

  test.each([
    ["watches", silent],
    ["pauses", breaks()],
  ])("ends when its signal aborts while it %s, and without an error", async (_what, watch) => {
    const { watches, calls, abort, run } = start();
    watches.push(watch);
    const running = run();
    await settled();
    abort.abort(new Error("enough"));
    await expect(running).resolves.toBeUndefined();
    expect(calls).toEqual(["list", "watch 10"]);
  });
});
