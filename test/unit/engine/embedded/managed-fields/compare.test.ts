import { describe, expect, test } from "vitest";
import { compare } from "../../../../../src/engine/embedded/managed-fields/compare.ts";
import { problemsOf } from "../../../../../src/engine/embedded/managed-fields/check.ts";
import { fieldsOf } from "../../../../../src/engine/embedded/managed-fields/fields-of.ts";
import { type FieldSet, pathsOf } from "../../../../../src/engine/embedded/managed-fields/field-set.ts";
import { merge } from "../../../../../src/engine/embedded/managed-fields/merge.ts";
import { objectType } from "../../../../../src/engine/embedded/managed-fields/object-type.ts";
import { pathText } from "../../../../../src/engine/embedded/managed-fields/path-element.ts";
import { pick, seeded } from "../../../../helpers/random.ts";
import { boxType } from "./types.ts";

const type = objectType(boxType());
const texts = (set: FieldSet): string[] => pathsOf(set).map((path) => pathText(path).replace(/^\.spec/, ""));

const part = (name: string, weight?: number): object => ({ name, ...(weight === undefined ? {} : { weight }) });

describe("what is different between two objects", () => {
  test.each<[string, object, object, string[], string[]]>([
    ["nothing", { size: "s", tags: ["a"] }, { size: "s", tags: ["a"] }, [], []],
    ["a value", { size: "s" }, { size: "l" }, [".size"], []],
    ["a new field", {}, { size: "l" }, [".size"], []],
    ["a field that is gone", { size: "s" }, {}, [], [".size"]],
    ["a field that is null now", { size: "s" }, { size: null }, [".size"], []],
    ["items of a set", { tags: ["a", "b"] }, { tags: ["b", "c"] }, ['.tags[="c"]'], ['.tags[="a"]']],
    ["the order of a set: nothing", { tags: ["a", "b"] }, { tags: ["b", "a"] }, [], []],
    ["a new set with its items", {}, { tags: ["a"] }, [".tags", '.tags[="a"]'], []],
    ["a set that was empty", { tags: [] }, { tags: ["a"] }, ['.tags[="a"]'], []],
    ["a list as a whole", { list: ["a", "b"] }, { list: ["b", "a"] }, [".list"], []],
    ["a field of an item", { parts: [part("a", 1)] }, { parts: [part("a", 2)] }, ['.parts[name="a"].weight'], []],
    [
      "a new item",
      { parts: [part("a")] },
      { parts: [part("b"), part("a")] },
      ['.parts[name="b"]', '.parts[name="b"].name'],
      [],
    ],
    [
      "an item that is gone, with all that was in it",
      { parts: [part("a", 1), part("b")] },
      { parts: [part("b")] },
      [],
      ['.parts[name="a"]', '.parts[name="a"].name', '.parts[name="a"].weight'],
    ],
    [
      "items with two keys, one of them by default",
      { ports: [{ port: 1 }] },
      { ports: [{ port: 1, protocol: "TCP", note: "x" }] },
      ['.ports[port=1,protocol="TCP"].note', '.ports[port=1,protocol="TCP"].protocol'],
      [],
    ],
    ["an item that is there twice now", { tags: ["a"] }, { tags: ["a", "a"] }, ['.tags[="a"]'], ['.tags[="a"]']],
    ["an item that is there twice no more", { tags: ["a", "a"] }, { tags: ["a"] }, ['.tags[="a"]'], ['.tags[="a"]']],
    ["an object as a whole", { whole: { x: 1 } }, { whole: { x: 2 } }, [".whole"], []],
    ["keys of a map", { map: { a: "1", b: "1" } }, { map: { b: "2", c: "1" } }, [".map.b", ".map.c"], [".map.a"]],
    ["a map that is empty now", { map: { a: "1" } }, { map: {} }, [], [".map.a"]],
    [
      "fields without a schema",
      { free: { a: { b: 1 } } },
      { free: { a: { b: 2 }, l: [1] } },
      [".free.l", ".free.a.b"],
      [],
    ],
    ["a scalar that becomes an object", { free: { a: 1 } }, { free: { a: { b: 1 } } }, [".free.a", ".free.a.b"], []],
    ["a number that becomes text", { loose: 1 }, { loose: "1" }, [".loose"], []],
  ])("%s", (_, before, after, set, removed) => {
    const difference = compare(type, { spec: before }, { spec: after });
    expect(texts(difference.set)).toEqual(set);
    expect(texts(difference.removed)).toEqual(removed);
  });

  test.each(Array.from({ length: 200 }, (_, seed) => seed))(
    "is nothing after all of it is merged (seed %i)",
    (seed) => {
      const random = seeded(seed);
      const [live, applied] = [randomBox(random), randomBox(random)];
      const before = structuredClone([live, applied]);
      const merged = merge(type, live, applied);
      // Nothing of what is applied is lost, and nothing but that is new.
      const set = texts(compare(type, live, merged).set);
      expect(compare(type, live, merged).removed).toEqual({});
      expect(texts(compare(type, merged, merge(type, merged, applied)).set)).toEqual([]);
      const own = new Set(texts(fieldsOf(type, applied)));
      expect(set.filter((path) => !own.has(path) && !isParentOf(path, own))).toEqual([]);
      expect([live, applied]).toEqual(before);
    },
  );
});

const isParentOf = (path: string, paths: ReadonlySet<string>): boolean =>
  [...paths].some((one) => one.startsWith(path) && one !== path);

const randomBox = (random: () => number): { spec: object } => {
  const some = (): boolean => random() < 0.5;
  // Not empty: an empty list is set, but nobody owns it.
  const sub = <T>(values: readonly [T, ...T[]]): T[] => [
    ...values
      .slice(1)
      .filter(some)
      .sort(() => random() - 0.5),
    values[0],
  ];
  return {
    spec: {
      ...(some() ? { size: pick(random, ["s", "l"]) } : {}),
      ...(some() ? { tags: sub(["a", "b", "c"]) } : {}),
      ...(some() ? { list: sub(["a", "b"]) } : {}),
      ...(some() ? { parts: sub(["a", "b", "c"]).map((name) => part(name, some() ? 1 : undefined)) } : {}),
      ...(some() ? { map: Object.fromEntries(sub(["a", "b"]).map((key) => [key, pick(random, ["1", "2"])])) } : {}),
      ...(some() ? { whole: { x: pick(random, [1, 2]) } } : {}),
      ...(some() ? { free: pick<object>(random, [{ a: 1, d: { b: 1 } }, { a: 2, d: { c: 1 } }, { e: [1] }]) } : {}),
    },
  };
};

describe("a merged list", () => {
  test.each<[string, string[], string[], string[]]>([
    ["has the items of both", ["a", "b"], ["c"], ["a", "b", "c"]],
    ["has the order of what is applied", ["a", "b", "c"], ["c", "a"], ["b", "c", "a"]],
    ["keeps items of the live list where they were", ["a", "x", "b"], ["a", "b"], ["a", "x", "b"]],
    ["puts new items behind those in front of the next that both have", ["x", "b"], ["a", "b"], ["x", "a", "b"]],
    ["of nothing is what is applied", [], ["b", "a"], ["b", "a"]],
  ])("%s", (_, live, applied, wanted) => {
    const { tags } = merge(type, { spec: { tags: live } }, { spec: { tags: applied } })["spec"] as { tags: string[] };
    expect(tags).toEqual(wanted);
  });
});

describe("the fields that an object sets", () => {
  test.each<[string, object, string[]]>([
    ["scalars", { size: "s", count: 0 }, [".count", ".size"]],
    ["objects by what is in them", { nested: { x: "1" } }, [".nested.x"]],
    ["empty objects themselves", { nested: {} }, [".nested"]],
    ["keys of maps", { map: { a: "1" } }, [".map.a"]],
    ["lists and objects that are owned as a whole", { list: ["a"], whole: { x: 1 } }, [".list", ".whole"]],
    ["items by their keys", { parts: [part("a")] }, ['.parts[name="a"]', '.parts[name="a"].name']],
    ["items of sets by their value", { tags: ["a"] }, ['.tags[="a"]']],
    ["no empty list of items", { tags: [], parts: [] }, []],
    ["objects without a schema with what is in them", { free: { a: { b: 1 } } }, [".free.a", ".free.a.b"]],
  ])("%s", (_, spec, wanted) => {
    expect(texts(fieldsOf(type, { spec })).sort()).toEqual(wanted);
  });
});

describe("what is wrong with an object that is to be applied", () => {
  test.each<[string, object, string | undefined]>([
    ["nothing", { size: "s", free: { any: [1] }, parts: [part("a")] }, undefined],
    ["an unknown field", { nix: 1 }, ".spec.nix: field not declared in schema"],
    ["text for a number", { count: "1" }, ".spec.count: expected numeric (int or float), got string"],
    ["a number for text", { size: 5 }, ".spec.size: expected string, got &value.valueUnstructured{Value:5}"],
    ["a list for an object", { nested: ["a"] }, ".spec.nested: expected map, got &{[a]}"],
    ["an object for a list", { list: { a: 1 } }, ".spec.list: expected list, got &{map[a:1]}"],
    ["an item twice", { parts: [part("a"), part("a")] }, '.spec.parts: duplicate entries for key [name="a"]'],
    [
      "an item without its key",
      { parts: [{ weight: 1 }] },
      '.spec.parts: element 0: associative list with keys has an element that omits all key fields ["name"] (and doesn\'t have default values for any key fields)',
    ],
    [
      "two things",
      { nix: 1, size: true },
      "errors:\n  .spec.nix: field not declared in schema\n  .spec.size: expected string, got &value.valueUnstructured{Value:true}",
    ],
  ])("%s", (_, spec, wanted) => {
    expect(problemsOf(type, { spec })).toBe(wanted);
  });
});
