import { describe, expect, test } from "vitest";
import { setConditions } from "../../../src/controller/conditions.ts";
import type { Condition } from "../../../src/k8s/types.ts";

const NOON = new Date("2030-01-01T12:00:00Z");
const BEFORE = "2030-01-01T11:00:00Z";

const ready = (change: Partial<Condition> = {}): Condition => ({
  type: "Ready",
  status: "False",
  reason: "Progressing",
  message: "0 of 1",
  lastTransitionTime: BEFORE,
  observedGeneration: 1,
  ...change,
});

describe("setting conditions", () => {
  test("moves the transition time when the status changes", () => {
    const statement = { type: "Ready", status: true, reason: "Done", message: "1 of 1" };
    expect(setConditions([ready()], [statement], { now: NOON, generation: 2 })).toEqual([
      { ...statement, status: "True", lastTransitionTime: "2030-01-01T12:00:00Z", observedGeneration: 2 },
    ]);
  });

  test("keeps the transition time when only the words change", () => {
    const statement = { type: "Ready", status: false, reason: "Stuck", message: "image not found" };
    const [condition] = setConditions([ready()], [statement], { now: NOON, generation: 1 });
    expect(condition).toMatchObject({ reason: "Stuck", message: "image not found", lastTransitionTime: BEFORE });
  });

  test("keeps the conditions that nothing is said about, and their order", () => {
    const others = [ready({ type: "A" }), ready({ type: "B" })];
    const next = setConditions(others, [{ type: "A", status: "Unknown", reason: "X", message: "" }], {
      now: NOON,
      generation: 1,
    });
    expect(next.map(({ type, status }) => [type, status])).toEqual([
      ["A", "Unknown"],
      ["B", "False"],
    ]);
  });

  test("takes the last of several statements about one type", () => {
    const statements = [
      { type: "Ready", status: true, reason: "Done", message: "" },
      { type: "Ready", status: false, reason: "Stuck", message: "" },
    ];
    const [condition] = setConditions([ready()], statements, { now: NOON, generation: 1 });
    expect(condition).toMatchObject({ status: "False", reason: "Stuck", lastTransitionTime: BEFORE });
  });
});
