import { describe, expect, onTestFinished, test } from "vitest";
import { ChoreoError } from "../../../src/lib/errors.ts";
import type { Step } from "../../../src/plan/step.ts";
import type { EventBody } from "../../../src/run/events.ts";
import { type StepContext, runPlan } from "../../../src/run/runner.ts";
import { traceOf } from "../../../src/run/trace.ts";

const step = (id: string, needs: string[] = [], kind: Step["kind"] = "crds"): Step => ({
  id,
  kind,
  group: "g",
  subject: id,
  reason: "test",
  change: "create",
  needs,
});

/** Steps end when the test says so: order is decided, never timed. */
const controlled = () => {
  const started: string[] = [];
  const gates = new Map<string, PromiseWithResolvers>();
  const waiters: { ids: string[]; resolve: () => void }[] = [];
  const check = (): void => {
    for (const waiter of waiters) if (waiter.ids.every((id) => started.includes(id))) waiter.resolve();
  };
  return {
    started,
    execute: (one: Step, { signal }: { signal: AbortSignal }) => {
      const gate = withResolvers();
      gates.set(one.id, gate);
      signal.addEventListener("abort", () => gate.reject(signal.reason), { once: true });
      started.push(one.id);
      check();
      return gate.promise;
    },
    end: (id: string) => gates.get(id)?.resolve(undefined),
    fail: (id: string, error: Error) => gates.get(id)?.reject(error),
    untilStarted: (...ids: string[]) => new Promise<void>((resolve) => (waiters.push({ ids, resolve }), check())),
  };
};

interface PromiseWithResolvers {
  promise: Promise<undefined>;
  resolve: (value: undefined) => void;
  reject: (error: unknown) => void;
}

const withResolvers = (): PromiseWithResolvers => {
  const made: Partial<PromiseWithResolvers> = {};
  made.promise = new Promise<undefined>((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made as PromiseWithResolvers;
};

const never = new AbortController().signal;

describe("runPlan", () => {
  test("starts each step as soon as its own needs are done", async () => {
    const steps = controlled();
    const run = runPlan([step("a"), step("b"), step("a2", ["a"]), step("all", ["a2", "b"])], {
      ...steps,
      emit: () => {},
      signal: never,
    });
    await steps.untilStarted("a", "b");
    expect(steps.started).toEqual(["a", "b"]);
    steps.end("a");
    await steps.untilStarted("a2");
    expect(steps.started).not.toContain("all");
    steps.end("a2");
    steps.end("b");
    await steps.untilStarted("all");
    steps.end("all");
    const report = await run;
    expect(report.times.map(({ step }) => step.id).toSorted()).toEqual(["a", "a2", "all", "b"]);
  });

  test("counts a need that is not in the plan as done", async () => {
    const report = await runPlan([step("a", ["cluster/that-exists"])], {
      execute: async () => undefined,
      emit: () => {},
      signal: never,
    });
    expect(report.times).toHaveLength(1);
  });

  test("keeps to the limit of a kind", async () => {
    const steps = controlled();
    const run = runPlan([step("c1", [], "cluster"), step("c2", [], "cluster"), step("other")], {
      ...steps,
      emit: () => {},
      signal: never,
      limits: { cluster: 1 },
    });
    await steps.untilStarted("c1", "other");
    expect(steps.started).not.toContain("c2");
    steps.end("c1");
    await steps.untilStarted("c2");
    steps.end("c2");
    steps.end("other");
    await run;
  });

  test("after a failure starts nothing new, aborts what runs and throws the first error", async () => {
    const steps = controlled();
    const events: EventBody[] = [];
    const run = runPlan([step("a"), step("b"), step("c", ["b"])], {
      ...steps,
      emit: (event) => events.push(event),
      signal: never,
    });
    await steps.untilStarted("a", "b");
    steps.fail("a", new ChoreoError("E_CLUSTER_CREATE", "no"));
    await expect(run).rejects.toMatchObject({ code: "E_CLUSTER_CREATE" });
    expect(steps.started).toEqual(["a", "b"]);
    expect(events.filter(({ type }) => type === "step-failed")).toHaveLength(2);
    expect(events.at(-1)).toMatchObject({ type: "step-skipped", step: "c" });
  });

  test("rejects with the caller's reason when the caller aborts", async () => {
    const steps = controlled();
    const abort = new AbortController();
    const run = runPlan([step("a")], { ...steps, emit: () => {}, signal: abort.signal });
    await steps.untilStarted("a");
    abort.abort(new ChoreoError("E_INTERRUPTED", "stop"));
    await expect(run).rejects.toMatchObject({ code: "E_INTERRUPTED" });
  });

  test("lets a step have many calls under way without a warning of Node.js", async () => {
    const warnings: string[] = [];
    const onWarning = (warning: Error): number => warnings.push(warning.name);
    process.on("warning", onWarning);
    onTestFinished(() => void process.off("warning", onWarning));
    const execute = async (_: Step, { signal }: StepContext): Promise<undefined> => {
      for (let n = 0; n < 40; n++) signal.addEventListener("abort", () => {}, { once: true });
    };
    await runPlan([step("a")], { execute, emit: () => {}, signal: new AbortController().signal });
    // Warnings are emitted on the next tick.
    await new Promise(setImmediate);
    expect(warnings).toEqual([]);
  });

  test("refuses steps that need each other", async () => {
    const run = runPlan([step("a", ["b"]), step("b", ["a"])], {
      execute: async () => undefined,
      emit: () => {},
      signal: never,
    });
    await expect(run).rejects.toMatchObject({ code: "E_INTERNAL" });
  });

  test("reports the chain of steps that decided the time, and a trace with every step", async () => {
    let now = 0;
    const clock = { now: () => now, monotonic: () => now, sleep: async () => {} };
    const cost: Record<string, number> = { slow: 30, fast: 5, last: 10 };
    const report = await runPlan([step("slow"), step("fast", ["slow"]), step("last", ["slow", "fast"])], {
      execute: async (one) => {
        now += cost[one.id] ?? 0;
        return undefined;
      },
      emit: () => {},
      signal: never,
      clock,
    });
    expect(report.criticalPath.map(({ step, ms }) => [step, ms])).toEqual([
      ["slow", 30],
      ["fast", 5],
      ["last", 10],
    ]);
    const trace = JSON.parse(traceOf("shop", report.times)) as { traceEvents: { ph: string; dur?: number }[] };
    expect(trace.traceEvents.filter(({ ph }) => ph === "X").map(({ dur }) => dur)).toEqual([30_000, 5000, 10_000]);
  });
});
