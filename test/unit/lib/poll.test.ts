import { describe, expect, test } from "vitest";
import { type PollOptions, type PollResult, poll } from "../../../src/lib/poll.ts";
import { createManualClock } from "../../helpers/manual-clock.ts";

const LATER: PollResult<never> = { done: false, missing: "the node is not there" };

/** Polls on a clock that stands still; `atMs` are the times of the tries. */
const start = (attempt: () => Promise<PollResult<string>>, options: Partial<PollOptions> = {}) => {
  const clock = createManualClock();
  const atMs: number[] = [];
  const result = poll(
    () => {
      atMs.push(clock.monotonic());
      return attempt();
    },
    { what: "a node", timeoutMs: 60_000, clock, ...options },
  );
  // The test looks at it later.
  result.catch(() => undefined);
  return { clock, atMs, result };
};

describe("polling", () => {
  test("gives the value of the first try that is done, without a pause before it", async () => {
    const { result, atMs } = start(async () => ({ done: true, value: "here" }));
    expect(await result).toBe("here");
    expect(atMs).toEqual([0]);
  });

  test("makes pauses that grow up to a limit", async () => {
    const { clock, atMs } = start(async () => LATER, { intervalMs: 100, maxIntervalMs: 200 });
    await clock.advance(800);
    expect(atMs).toEqual([0, 100, 250, 450, 650]);
  });

  test("that takes too long says what is still missing", async () => {
    const { clock, result, atMs } = start(async () => LATER, { timeoutMs: 5000, code: "E_NOT_READY", fix: "wait" });
    await clock.advance(6000);
    await expect(result).rejects.toMatchObject({ code: "E_NOT_READY", why: "the node is not there", fix: "wait" });
    expect(Math.max(...atMs)).toBeLessThanOrEqual(5000);
  });

  test("is E_TIMEOUT when nothing else is said, and tries once even without any time", async () => {
    const { result, atMs } = start(async () => LATER, { timeoutMs: 0 });
    await expect(result).rejects.toMatchObject({ code: "E_TIMEOUT" });
    expect(atMs).toEqual([0]);
  });

  test("ends at once with an error of a try", async () => {
    const refusal = new Error("forbidden");
    const { result, atMs } = start(async () => {
      throw refusal;
    });
    await expect(result).rejects.toBe(refusal);
    expect(atMs).toEqual([0]);
  });

  test("ends in the middle of a pause with the reason of its signal", async () => {
    const abort = new AbortController();
    const { clock, result, atMs } = start(async () => LATER, { signal: abort.signal });
    await clock.advance(10);
    const reason = new Error("enough");
    abort.abort(reason);
    await expect(result).rejects.toBe(reason);
    expect(atMs).toEqual([0]);
    expect(clock.sleepers()).toBe(0);
  });
});
