import { describe, expect, test } from "vitest";
import { type Interruption, listenForInterruption } from "../../../src/cli/signals.ts";
import { isChoreoError } from "../../../src/lib/errors.ts";

/** Starts to listen and returns the listener of a signal, so that a test can call it without a real signal. */
const listen = (name: "SIGINT" | "SIGTERM"): { interruption: Interruption; send: () => void } => {
  const before = process.listeners(name);
  const interruption = listenForInterruption();
  const added = process.listeners(name).find((listener) => !before.includes(listener));
  return { interruption, send: () => added?.(name) };
};

describe("an interruption", () => {
  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("by %s aborts what runs and ends with %d", (name, code) => {
    const { interruption, send } = listen(name);
    expect([interruption.signal.aborted, interruption.exitCode()]).toEqual([false, undefined]);
    send();
    expect(interruption.exitCode()).toBe(code);
    expect(isChoreoError(interruption.signal.reason, "E_INTERRUPTED")).toBe(true);
    interruption.stop();
  });

  test("leaves no listener behind", () => {
    const before = process.listenerCount("SIGINT");
    listenForInterruption().stop();
    expect(process.listenerCount("SIGINT")).toBe(before);
  });
});
