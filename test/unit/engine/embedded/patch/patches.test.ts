import { describe, expect, test } from "vitest";
import type { Json } from "../../../../../src/engine/embedded/patch/json.ts";
import { PatchError, jsonPatch } from "../../../../../src/engine/embedded/patch/json-patch.ts";
import { mergePatch } from "../../../../../src/engine/embedded/patch/merge-patch.ts";
import { pick, seeded } from "../../../../helpers/random.ts";

const plain = (value: Json): unknown => JSON.parse(JSON.stringify(value)) as unknown;

describe("a JSON patch", () => {
  test.each<[string, Json, Parameters<typeof jsonPatch>[1], unknown]>([
    ["adds a member", { a: 1 }, [{ op: "add", path: "/b", value: 2 }], { a: 1, b: 2 }],
    ["adds into a list", { l: [1, 3] }, [{ op: "add", path: "/l/1", value: 2 }], { l: [1, 2, 3] }],
    ["adds at the end of a list", { l: [1] }, [{ op: "add", path: "/l/-", value: [2] }], { l: [1, [2]] }],
    ["adds at the index behind the last", { l: [1] }, [{ op: "add", path: "/l/1", value: 2 }], { l: [1, 2] }],
    ["replaces the document", { a: 1 }, [{ op: "add", path: "", value: [1] }], [1]],
    ["removes a member", { a: 1, b: 2 }, [{ op: "remove", path: "/a" }], { b: 2 }],
    ["removes from a list", { l: [1, 2, 3] }, [{ op: "remove", path: "/l/1" }], { l: [1, 3] }],
    ["replaces", { a: { b: 1 } }, [{ op: "replace", path: "/a/b", value: null }], { a: { b: null } }],
    ["adds by replace, as Kubernetes does", { a: {} }, [{ op: "replace", path: "/a/b", value: 1 }], { a: { b: 1 } }],
    ["moves", { a: { b: 1 }, c: {} }, [{ op: "move", from: "/a/b", path: "/c/d" }], { a: {}, c: { d: 1 } }],
    ["moves within a list", { l: [1, 2, 3] }, [{ op: "move", from: "/l/0", path: "/l/2" }], { l: [2, 3, 1] }],
    ["copies", { a: [1] }, [{ op: "copy", from: "/a", path: "/b" }], { a: [1], b: [1] }],
    ["tests", { a: { b: [1] } }, [{ op: "test", path: "/a", value: { b: [1] } }], { a: { b: [1] } }],
    [
      "reads escapes",
      { "a/b": 1, "m~n": 2 },
      [
        { op: "remove", path: "/a~1b" },
        { op: "remove", path: "/m~0n" },
      ],
      {},
    ],
  ])("%s", (_, document, operations, wanted) => {
    const before = structuredClone(document);
    expect(plain(jsonPatch(document, operations))).toEqual(wanted);
    expect(document).toEqual(before);
  });

  test.each<[string, Json, Parameters<typeof jsonPatch>[1]]>([
    ["a missing member to remove", {}, [{ op: "remove", path: "/a" }]],
    ["an index behind the end", { l: [1] }, [{ op: "add", path: "/l/3", value: 1 }]],
    ["an index with a leading zero", { l: [1, 2] }, [{ op: "remove", path: "/l/01" }]],
    ["an index to remove that is not there", { l: [1] }, [{ op: "remove", path: "/l/1" }]],
    ["a parent that is not there", {}, [{ op: "add", path: "/a/b", value: 1 }]],
    ["a parent that is no object", { a: 1 }, [{ op: "add", path: "/a/b", value: 1 }]],
    ["a test that fails", { a: 1 }, [{ op: "test", path: "/a", value: 2 }]],
    ["a move into itself", { a: { b: {} } }, [{ op: "move", from: "/a", path: "/a/b/c" }]],
    ["an unknown operation", {}, [{ op: "zap", path: "/a", value: 1 }]],
    ["a path without a slash", {}, [{ op: "add", path: "a", value: 1 }]],
    ["an add without a value", {}, [{ op: "add", path: "/a" }]],
    ["a prototype", {}, [{ op: "remove", path: "/__proto__/polluted" }]],
    ["an inherited member", {}, [{ op: "copy", from: "/constructor", path: "/a" }]],
  ])("refuses %s", (_, document, operations) => {
    expect(() => jsonPatch(document, operations)).toThrow(PatchError);
  });

  test("treats __proto__ as a member like any other", () => {
    const patched = jsonPatch({}, [{ op: "add", path: "/__proto__", value: { polluted: true } }]);
    expect(JSON.stringify(patched)).toBe('{"__proto__":{"polluted":true}}');
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});

describe("a merge patch", () => {
  /** Appendix A of RFC 7386. */
  test.each<[Json, Json, unknown]>([
    [{ a: "b" }, { a: "c" }, { a: "c" }],
    [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
    [{ a: "b" }, { a: null }, {}],
    [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
    [{ a: ["b"] }, { a: "c" }, { a: "c" }],
    [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
    [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
    [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
    [
      ["a", "b"],
      ["c", "d"],
      ["c", "d"],
    ],
    [{ a: "b" }, ["c"], ["c"]],
    [{ a: "foo" }, null, null],
    [{ a: "foo" }, "bar", "bar"],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: "b", c: null }, { a: "b" }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])("%j with %j", (target, patch, wanted) => {
    expect(plain(mergePatch(target, patch))).toEqual(wanted);
  });

  test("applied twice is applied once, whatever it is", () => {
    const random = seeded(11);
    const value = (depth: number): Json => {
      if (depth === 0 || random() < 0.4) return pick<Json>(random, [null, 1, "x", true, ["l"]]);
      return Object.fromEntries(["a", "b", "c"].filter(() => random() < 0.6).map((key) => [key, value(depth - 1)]));
    };
    for (let round = 0; round < 500; round++) {
      const [target, patch] = [value(3), value(3)];
      const once = mergePatch(target, patch);
      expect(plain(mergePatch(once, patch))).toEqual(plain(once));
    }
  });
});
