import { describe, expect, test } from "vitest";
import { mergeObject, mergeValues } from "../../../src/addons/merge.ts";

describe("chart values", () => {
  test("are merged at every depth", () => {
    expect(mergeValues({ a: { b: 1, c: 2 }, d: 3 }, { a: { c: 4 } })).toEqual({ a: { b: 1, c: 4 }, d: 3 });
  });

  test("lose a key to null and have lists replaced as a whole", () => {
    expect(mergeValues({ a: 1, list: [{ name: "x" }] }, { a: null, list: [{ name: "y" }] })).toEqual({
      list: [{ name: "y" }],
    });
  });

  test("do not change what they are laid on", () => {
    const base = { a: { b: 1 } };
    mergeValues(base, { a: { b: 2 } });
    expect(base).toEqual({ a: { b: 1 } });
  });
});

describe("patches of objects", () => {
  const base = {
    containers: [
      { name: "main", image: "m", env: [{ name: "A", value: "1" }] },
      { name: "side", image: "s" },
    ],
  };

  test("merge lists of named elements by name, also inside each other", () => {
    const patch = {
      containers: [
        {
          name: "main",
          env: [
            { name: "A", value: "2" },
            { name: "B", value: "3" },
          ],
        },
      ],
    };
    expect(mergeObject(base, patch)).toEqual({
      containers: [
        {
          name: "main",
          image: "m",
          env: [
            { name: "A", value: "2" },
            { name: "B", value: "3" },
          ],
        },
        { name: "side", image: "s" },
      ],
    });
  });

  test("take named elements away", () => {
    expect(
      mergeObject(base, {
        containers: [
          { name: "main", $remove: true },
          { name: "absent", $remove: true },
        ],
      }),
    ).toEqual({
      containers: [{ name: "side", image: "s" }],
    });
  });

  test("replace lists of plain values", () => {
    expect(mergeObject({ args: ["a", "b"] }, { args: ["c"] })).toEqual({ args: ["c"] });
  });
});
