import { describe, expect, test } from "vitest";
import {
  type FieldSet,
  difference,
  has,
  inOrder,
  intersection,
  isEmpty,
  isSame,
  pathsOf,
  recursiveDifference,
  setOf,
  union,
} from "../../../../../src/engine/embedded/managed-fields/field-set.ts";
import { pick, seeded } from "../../../../helpers/random.ts";

const ELEMENTS = ["f:a", "f:b", 'k:{"name":"x"}', 'v:"s"', "f:__proto__"];

const randomPaths = (random: () => number): string[][] =>
  Array.from({ length: Math.floor(random() * 7) }, () =>
    Array.from({ length: 1 + Math.floor(random() * 3) }, () => pick(random, ELEMENTS)),
  );

const made = (paths: readonly string[][]): FieldSet => paths.reduce((set, path) => union(set, setOf(path)), {});

/** The naive form of a set: the texts of its paths. */
const texts = (set: FieldSet): Set<string> => new Set(pathsOf(set).map((path) => path.join(" / ")));
const textsOf = (paths: readonly string[][]): Set<string> => new Set(paths.map((path) => path.join(" / ")));

describe("sets of fields", () => {
  test.each(Array.from({ length: 300 }, (_, seed) => seed))("are sets of paths (seed %i)", (seed) => {
    const random = seeded(seed);
    const [left, right] = [randomPaths(random), randomPaths(random)];
    const [a, b] = [made(left), made(right)];
    const [ta, tb] = [textsOf(left), textsOf(right)];
    expect(texts(a)).toEqual(ta);
    expect(texts(union(a, b))).toEqual(new Set([...ta, ...tb]));
    expect(texts(intersection(a, b))).toEqual(new Set([...ta].filter((path) => tb.has(path))));
    expect(texts(difference(a, b))).toEqual(new Set([...ta].filter((path) => !tb.has(path))));
    const isBelow = (path: string): boolean => [...tb].some((top) => path === top || path.startsWith(`${top} / `));
    expect(texts(recursiveDifference(a, b))).toEqual(new Set([...ta].filter((path) => !isBelow(path))));
    for (const path of [...left, ...right]) expect(has(a, path)).toBe(ta.has(path.join(" / ")));
    expect(isSame(union(a, b), union(b, a))).toBe(true);
    expect(isEmpty(difference(a, a))).toBe(true);
    expect(isSame(inOrder(a), a)).toBe(true);
    // Nothing was changed on the way.
    expect([texts(a), texts(b)]).toEqual([ta, tb]);
  });

  test("are themselves where nothing is taken away", () => {
    const set = made([["f:a", "f:b"], ["f:c"]]);
    expect(difference(set, made([["f:a", "f:x"], ["f:a"]]))).toBe(set);
    expect(union(set, {})).toBe(set);
  });

  test("say of an element with children whether it belongs to them itself", () => {
    expect(made([["f:a"], ["f:a", "f:b"]])).toEqual({ "f:a": { ".": {}, "f:b": {} } });
    expect(made([["f:a", "f:b"]])).toEqual({ "f:a": { "f:b": {} } });
    expect(difference(made([["f:a"], ["f:a", "f:b"]]), made([["f:a"]]))).toEqual({ "f:a": { "f:b": {} } });
    expect(difference(made([["f:a"], ["f:a", "f:b"]]), made([["f:a", "f:b"]]))).toEqual({ "f:a": {} });
  });

  test("are written in order", () => {
    const set = inOrder({ "v:1": {}, "f:b": { "f:z": {}, ".": {}, "f:a": {} }, 'k:{"n":1}': {}, "f:a": {} });
    expect(JSON.stringify(set)).toBe('{"f:a":{},"f:b":{".":{},"f:a":{},"f:z":{}},"k:{\\"n\\":1}":{},"v:1":{}}');
  });
});
