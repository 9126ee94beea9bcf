import { describe, expect, test } from "vitest";
import { StatusError } from "../../../../../src/engine/embedded/api/status.ts";
import { builtinTypes } from "../../../../../src/engine/embedded/model/types.ts";
import type { Json } from "../../../../../src/engine/embedded/patch/json.ts";
import { PatchError } from "../../../../../src/engine/embedded/patch/json-patch.ts";
import { mergePatch } from "../../../../../src/engine/embedded/patch/merge-patch.ts";
import { applyStrategicMerge } from "../../../../../src/engine/embedded/patch/strategic-merge.ts";
import type { Schema } from "../../../../../src/engine/embedded/schema/schema.ts";
import { pick, seeded } from "../../../../helpers/random.ts";

const schemaOf = (kind: string): Schema => builtinTypes().find((type) => type.kind === kind)?.schema ?? {};
const POD = schemaOf("Pod");
const DEPLOYMENT = schemaOf("Deployment");

const plain = (value: Json): Json => JSON.parse(JSON.stringify(value)) as Json;
const named = (...names: string[]): Json => names.map((name) => ({ name }));

describe("a strategic merge patch", () => {
  const onPod = (spec: Json, patch: Json): Json => {
    const before = structuredClone([spec, patch]);
    const { spec: patched } = plain(applyStrategicMerge({ spec }, { spec: patch }, POD)) as { spec: Json };
    expect([spec, patch]).toEqual(before);
    return patched;
  };

  test.each<[string, Json, Json, Json]>([
    ["sets, adds and removes members", { a: "1", b: "1" }, { a: "2", b: null, c: "3" }, { a: "2", c: "3" }],
    ["adds nothing for a null", {}, { a: null, b: { c: null, d: "1" } }, { b: { d: "1" } }],
    ["merges objects", { x: { a: "1" } }, { x: { b: "2" } }, { x: { a: "1", b: "2" } }],
    ["replaces an object on request", { x: { a: "1" } }, { x: { $patch: "replace", b: "2" } }, { x: { b: "2" } }],
    ["empties an object on request", { x: { a: "1" } }, { x: { $patch: "delete" } }, { x: {} }],
    [
      "adds nothing for a directive where nothing is",
      {},
      { x: { $patch: "delete" }, y: { $patch: "replace", a: "1" } },
      {},
    ],
    [
      "keeps only what is to be retained",
      { x: { a: "1", b: "1" } },
      { x: { $retainKeys: ["b"], b: "2" } },
      { x: { b: "2" } },
    ],
    ["replaces what is of another type", { x: "1" }, { x: { a: "1" } }, { x: { a: "1" } }],
    [
      "merges items by their key",
      {
        containers: [
          { name: "a", image: "1" },
          { name: "b", image: "1" },
        ],
      },
      { containers: [{ name: "b", image: "2" }] },
      {
        containers: [
          { name: "a", image: "1" },
          { name: "b", image: "2" },
        ],
      },
    ],
    [
      "puts new items first",
      { containers: named("a", "b") },
      { containers: named("c") },
      { containers: named("c", "a", "b") },
    ],
    [
      "deletes an item",
      { containers: named("a", "b") },
      { containers: [{ name: "a", $patch: "delete" }] },
      { containers: named("b") },
    ],
    [
      "replaces a list of items on request",
      { containers: named("a", "b") },
      { containers: [{ $patch: "replace" }, { name: "c" }] },
      { containers: named("c") },
    ],
    [
      "merges lists in items",
      {
        containers: [
          {
            name: "a",
            env: [
              { name: "X", value: "1" },
              { name: "Y", value: "1" },
            ],
          },
        ],
      },
      {
        containers: [
          {
            name: "a",
            env: [
              { name: "Y", value: "2" },
              { name: "Z", value: "3" },
            ],
          },
        ],
      },
      {
        containers: [
          {
            name: "a",
            env: [
              { name: "X", value: "1" },
              { name: "Y", value: "2" },
              { name: "Z", value: "3" },
            ],
          },
        ],
      },
    ],
    [
      "replaces lists that have no strategy",
      { containers: [{ name: "a", args: ["x", "y"] }], tolerations: [{ key: "a" }] },
      { containers: [{ name: "a", args: ["z"] }], tolerations: [{ key: "b" }] },
      { containers: [{ name: "a", args: ["z"] }], tolerations: [{ key: "b" }] },
    ],
    [
      "puts items into the order that is given, others where they were",
      { containers: named("a", "x", "b", "y") },
      { "$setElementOrder/containers": named("b", "a"), containers: [{ name: "b" }] },
      { containers: named("x", "b", "a", "y") },
    ],
    [
      "orders without changing",
      { containers: named("a", "b") },
      { "$setElementOrder/containers": named("b", "a") },
      { containers: named("b", "a") },
    ],
    ["orders nothing where no list is", {}, { "$setElementOrder/containers": named("a") }, {}],
    [
      "gives a new item the place of one that it deletes",
      { containers: named("a", "b", "c") },
      { "$setElementOrder/containers": named("n", "a"), containers: [{ name: "n" }, { name: "a", $patch: "delete" }] },
      { containers: named("b", "c", "n") },
    ],
    [
      "keeps only the source of a volume that is wanted",
      { volumes: [{ name: "v", emptyDir: {} }] },
      { volumes: [{ name: "v", $retainKeys: ["name", "configMap"], configMap: { name: "m" } }] },
      { volumes: [{ name: "v", configMap: { name: "m" } }] },
    ],
  ])("%s", (_, spec, patch, wanted) => {
    expect(onPod(spec, patch)).toEqual(wanted);
  });

  const onFinalizers = (finalizers: string[], patch: Json): unknown =>
    (
      plain(applyStrategicMerge({ metadata: { finalizers } }, { metadata: patch }, POD)) as {
        metadata: { finalizers: Json };
      }
    ).metadata.finalizers;

  test.each<[string, Json, string[]]>([
    ["adds to lists of scalars", { finalizers: ["d", "a"] }, ["d", "a", "b", "c"]],
    ["takes out of lists of scalars", { "$deleteFromPrimitiveList/finalizers": ["a", "c", "x"] }, ["b"]],
    [
      "does both in the order that is given",
      { "$setElementOrder/finalizers": ["c", "d"], finalizers: ["d"], "$deleteFromPrimitiveList/finalizers": ["a"] },
      ["b", "c", "d"],
    ],
  ])("%s", (_, patch, wanted) => {
    expect(onFinalizers(["a", "b", "c"], patch)).toEqual(wanted);
  });

  test.each<[string, Json, number, string]>([
    [
      "an unknown directive",
      { nodeSelector: { $patch: "frob" } },
      500,
      "unknown patch type: frob in map: map[$patch:frob]",
    ],
    [
      "a directive that maps do not have",
      { nodeSelector: { $patch: "merge" } },
      500,
      "unknown patch type: merge in map: map[$patch:merge]",
    ],
    [
      "an unknown directive in a list",
      { containers: [{ name: "a", $patch: "frob" }] },
      500,
      "unknown patch type: frob in map: map[$patch:frob name:a]",
    ],
    [
      "a directive that lists do not have",
      { containers: [{ $patch: "merge" }] },
      500,
      "merging lists cannot yet be specified in the patch",
    ],
    [
      "an item without its key",
      { containers: [{ image: "x" }] },
      500,
      "map: map[image:x] does not contain declared merge key: name",
    ],
    [
      "items of different types",
      { containers: ["a", { name: "a" }] },
      500,
      "list element types are not identical: [[map[name:a]] [a map[name:a]]]",
    ],
    [
      "keys that are not retained",
      { nodeSelector: { $retainKeys: ["b"], c: "1" } },
      400,
      "invalid patch format of retainKeys",
    ],
    [
      "retained keys that are no list",
      { nodeSelector: { $retainKeys: "b" } },
      400,
      "invalid patch format of retainKeys",
    ],
    [
      "an order that is no list",
      { "$setElementOrder/containers": "a" },
      500,
      "expected a []interface {}, but received a string",
    ],
    [
      "items in another order than is given",
      { "$setElementOrder/containers": named("a", "b"), containers: named("b", "a") },
      500,
      "The order in patch list:\n[map[name:b] map[name:a]]\n doesn't match $setElementOrder list:\n[map[name:a] map[name:b]]\n",
    ],
  ])("refuses %s", (_, patch, code, message) => {
    const live = { spec: { containers: [{ name: "a" }], nodeSelector: { a: "1" } } };
    let refusal: unknown;
    try {
      applyStrategicMerge(live, { spec: patch }, POD);
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(StatusError);
    const { status } = refusal as StatusError;
    expect([status.code, status.message]).toEqual([code, message]);
  });

  test("refuses lists of lists", () => {
    expect(() =>
      applyStrategicMerge({ spec: { containers: [["a"]] } }, { spec: { containers: [["b"]] } }, POD),
    ).toThrow(PatchError);
  });

  test("does not make a prototype of a member", () => {
    const patched = applyStrategicMerge(
      {},
      JSON.parse('{"constructor": {"a": 1}, "spec": {"toString": "x"}}') as Json,
      POD,
    );
    expect(plain(patched)).toEqual({ constructor: { a: 1 }, spec: { toString: "x" } });
    expect(({} as Record<string, unknown>)["a"]).toBeUndefined();
  });
});

describe("strategic merge patches of any sort", () => {
  const random = (seed: number): { live: Json; patch: Json } => {
    const next = seeded(seed);
    const some = (): boolean => next() < 0.5;
    const sub = <T>(values: readonly T[]): T[] => values.filter(some).sort(() => next() - 0.5);
    const env = (): Json => sub(["X", "Y", "Z"]).map((name) => ({ name, value: pick(next, ["1", "2"]) }));
    const containers = (): Json =>
      sub(["a", "b", "c"]).map((name) => ({
        name,
        ...(some() ? { image: pick(next, ["1", "2"]) } : {}),
        ...(some() ? { env: env() } : {}),
      }));
    const spec = (): Json => ({
      template: { spec: { containers: containers() }, metadata: { labels: { [pick(next, ["a", "b"])]: "1" } } },
    });
    return { live: { spec: spec() }, patch: { spec: spec() } };
  };

  test.each(Array.from({ length: 200 }, (_, seed) => seed))(
    "keep every item and set what they say (seed %i)",
    (seed) => {
      const { live, patch } = random(seed);
      const before = structuredClone([live, patch]);
      const once = plain(applyStrategicMerge(live, patch, DEPLOYMENT));
      expect([live, patch]).toEqual(before);
      expect(plain(applyStrategicMerge(once, patch, DEPLOYMENT))).toEqual(once);
      expect(plain(applyStrategicMerge(live, {}, DEPLOYMENT))).toEqual(live);
      const names = (object: Json): string[] => containersOf(object).map(({ name }) => name);
      expect(new Set(names(once))).toEqual(new Set([...names(live), ...names(patch)]));
      for (const wanted of containersOf(patch)) {
        const found = containersOf(once).find(({ name }) => name === wanted.name);
        expect(found).toMatchObject({
          ...wanted,
          ...(wanted.env === undefined ? {} : { env: expect.arrayContaining([...wanted.env]) }),
        });
      }
    },
  );

  test.each(Array.from({ length: 100 }, (_, seed) => seed))(
    "are merge patches where nothing has a strategy (seed %i)",
    (seed) => {
      const { live, patch } = random(seed + 1000);
      expect(plain(applyStrategicMerge(live, patch, {}))).toEqual(plain(mergePatch(live, patch)));
    },
  );
});

interface Container {
  readonly name: string;
  readonly env?: readonly object[];
}

const containersOf = (object: Json): readonly Container[] =>
  (object as unknown as { spec: { template: { spec: { containers: readonly Container[] } } } }).spec.template.spec
    .containers;
