import { describe, expect, test } from "vitest";
import { type Entry, givenEntries, isReset } from "../../../../../src/engine/embedded/managed-fields/entry.ts";
import { emptyObject } from "../../../../../src/engine/embedded/managed-fields/object-type.ts";
import { type Update, trackUpdate } from "../../../../../src/engine/embedded/managed-fields/track-update.ts";
import { box, boxType, builtinType, findBox } from "./types.ts";

const T1 = "2026-01-01T00:00:01Z";
const T2 = "2026-01-01T00:00:02Z";

const onBox = (update: Partial<Update>): readonly Entry[] =>
  trackUpdate({
    type: boxType(),
    find: findBox,
    before: emptyObject(boxType()),
    after: box({}),
    entries: [],
    manager: "me",
    subresource: undefined,
    time: T1,
    ...update,
  });

const brief = (entries: readonly Entry[]): unknown[] =>
  entries.map(({ manager, operation, subresource, time, fieldsV1 }) => [
    [manager, operation, subresource, time].filter((word) => word !== undefined).join(" "),
    fieldsV1,
  ]);

const created = onBox({ after: box({ size: "s", count: 1 }, { metadata: { name: "b", labels: { a: "1" } } }) });

describe("the owners of the fields of an object", () => {
  test("are those who made it: of all that it has but what names it", () => {
    expect(created).toEqual([
      {
        manager: "me",
        operation: "Update",
        apiVersion: "fields.choreo.dev/v1",
        time: T1,
        fieldsType: "FieldsV1",
        fieldsV1: {
          "f:metadata": { "f:labels": { ".": {}, "f:a": {} } },
          "f:spec": { ".": {}, "f:count": {}, "f:size": {} },
        },
      },
    ]);
  });

  test("do not own what is always there in objects of a built-in kind", () => {
    const type = builtinType("Deployment");
    const after = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "d", namespace: "n", uid: "u", generation: 1, creationTimestamp: T1 },
      spec: {
        selector: { matchLabels: { a: "b" } },
        strategy: { type: "Recreate" },
        template: {
          metadata: { labels: { a: "b" } },
          spec: {
            containers: [{ name: "c", image: "i", resources: {}, ports: [{ containerPort: 1, protocol: "TCP" }] }],
          },
        },
      },
      status: { replicas: 1 },
    };
    const [entry, ...more] = trackUpdate({
      type,
      find: () => undefined,
      before: emptyObject(type),
      after,
      entries: [],
      manager: "me",
      subresource: undefined,
      time: T1,
    });
    expect(more).toEqual([]);
    expect(entry?.fieldsV1).toEqual({
      "f:spec": {
        "f:selector": {},
        "f:strategy": { "f:type": {} },
        "f:template": {
          "f:metadata": { "f:labels": { ".": {}, "f:a": {} } },
          "f:spec": {
            "f:containers": {
              'k:{"name":"c"}': {
                ".": {},
                "f:image": {},
                "f:name": {},
                "f:ports": {
                  ".": {},
                  'k:{"containerPort":1,"protocol":"TCP"}': { ".": {}, "f:containerPort": {}, "f:protocol": {} },
                },
                "f:resources": {},
              },
            },
          },
        },
      },
    });
  });

  test("do not own the status of a built-in kind itself, also where there was none", () => {
    const type = builtinType("Deployment");
    const live = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "d", uid: "u" },
      spec: { replicas: 1 },
    };
    const entries = trackUpdate({
      type,
      find: () => undefined,
      before: live,
      after: { ...live, status: { replicas: 1 } },
      entries: [],
      manager: "me",
      subresource: "status",
      time: T1,
    });
    expect(brief(entries)).toEqual([[`me Update status ${T1}`, { "f:status": { "f:replicas": {} } }]]);
  });

  const before = box({ size: "s", count: 1 });
  const [whole] = onBox({ after: before });
  const entries = whole === undefined ? [] : [whole];

  test("lose what another changes or removes", () => {
    const next = onBox({ before, after: box({ size: "l" }), entries, manager: "you", time: T2 });
    expect(brief(next)).toEqual([
      [`me Update ${T1}`, { "f:spec": {} }],
      [`you Update ${T2}`, { "f:spec": { "f:size": {} } }],
    ]);
  });

  test("are the same entries when nothing changes", () => {
    expect(onBox({ before, after: structuredClone(before), entries, manager: "you", time: T2 })).toBe(entries);
  });

  test("keep their time when they only remove", () => {
    const next = onBox({ before, after: box({ size: "s" }), entries, time: T2 });
    expect(brief(next)).toEqual([[`me Update ${T1}`, { "f:spec": { ".": {}, "f:size": {} } }]]);
  });

  test("have the time of their last change", () => {
    const next = onBox({ before, after: box({ size: "l", count: 1 }), entries, time: T2 });
    expect(brief(next)).toEqual([[`me Update ${T2}`, { "f:spec": { ".": {}, "f:count": {}, "f:size": {} } }]]);
  });

  test("have an entry for each subresource, and only of what it writes", () => {
    const after = box({ size: "l", count: 1 }, { status: { note: "n" } });
    const next = onBox({ before, after, entries, subresource: "status", time: T2 });
    expect(brief(next)).toEqual([
      [`me Update ${T1}`, { "f:spec": { ".": {}, "f:count": {}, "f:size": {} } }],
      [`me Update status ${T2}`, { "f:status": { ".": {}, "f:note": {} } }],
    ]);
    expect(onBox({ before, after: box({ size: "s", count: 1 }, { status: { note: "n" } }), entries, time: T2 })).toBe(
      entries,
    );
  });

  test("of another version lose what is changed in this one, and go with their version", () => {
    const v2 = { ...whole, apiVersion: "fields.choreo.dev/v2" } as Entry;
    const v3 = { ...whole, apiVersion: "fields.choreo.dev/v3", manager: "old" } as Entry;
    const next = onBox({ before, after: box({ size: "l", count: 1 }), entries: [v2, v3], manager: "you", time: T2 });
    expect(brief(next)).toEqual([
      [`me Update ${T1}`, { "f:spec": { ".": {}, "f:count": {} } }],
      [`you Update ${T2}`, { "f:spec": { "f:size": {} } }],
    ]);
  });

  test("own all of what has become atomic since", () => {
    const fieldsV1 = {
      "f:spec": { ".": {}, "f:list": { ".": {}, 'v:"a"': {} }, "f:whole": { "f:x": {} }, "f:size": {} },
    };
    const old = { ...whole, fieldsV1 } as Entry;
    expect(onBox({ before, after: structuredClone(before), entries: [old] })[0]?.fieldsV1).toEqual({
      "f:spec": { ".": {}, "f:list": {}, "f:size": {}, "f:whole": {} },
    });
  });

  test("of updates are at most ten: the oldest become one", () => {
    let all: readonly Entry[] = [];
    let last = box(undefined);
    for (let writer = 0; writer < 13; writer++) {
      const next = box({ map: Object.fromEntries(Array.from({ length: writer + 1 }, (_, key) => [`k${key}`, "v"])) });
      const time = `2026-01-01T00:00:${String(writer).padStart(2, "0")}Z`;
      all = onBox({ before: last, after: next, entries: all, manager: `m${writer}`, time });
      last = next;
    }
    const [ancient, ...others] = all;
    expect(others.map(({ manager }) => manager)).toEqual(["m4", "m5", "m6", "m7", "m8", "m9", "m10", "m11", "m12"]);
    expect([ancient?.manager, ancient?.time]).toEqual(["ancient-changes", "2026-01-01T00:00:03Z"]);
    expect(ancient?.fieldsV1).toEqual({
      "f:spec": { ".": {}, "f:map": { ".": {}, "f:k0": {}, "f:k1": {}, "f:k2": {}, "f:k3": {} } },
    });
  });

  test("are not told a time when something is scaled", () => {
    const next = onBox({ before, after: box({ size: "s", count: 2 }), entries, subresource: "scale", time: T2 });
    expect(brief(next)).toEqual([
      ["me Update scale", { "f:spec": { "f:count": {} } }],
      [`me Update ${T1}`, { "f:spec": { ".": {}, "f:size": {} } }],
    ]);
  });
});

describe("entries that a client sends", () => {
  const stored = created;
  const [entry] = created;

  test.each<[string, readonly unknown[] | undefined]>([
    ["none", undefined],
    ["no list", []],
    ["an entry without an operation", [{ ...entry, operation: undefined }]],
    ["another operation", [{ ...entry, operation: "Delete" }]],
    ["no version", [{ ...entry, apiVersion: "" }]],
    ["another type of fields", [{ ...entry, fieldsType: "FieldsV2" }]],
    ["fields that are no object", [{ ...entry, fieldsV1: "f:a" }]],
    ["a path element that is none", [{ ...entry, fieldsV1: { spec: {} } }]],
    ["a key that is no JSON", [{ ...entry, fieldsV1: { "k:{": {} } }]],
    ["one bad among good ones", [entry, {}]],
  ])("count for nothing: %s", (_, given) => {
    expect(givenEntries(given, stored)).toBeUndefined();
  });

  test("are the stored ones where they say the same", () => {
    expect(givenEntries(structuredClone([...stored]), stored)).toBe(stored);
  });

  test("are read in their one form", () => {
    const given = [
      { ...entry, subresource: "", fieldsV1: { 'k:{"b": 1, "a":2}': {}, "x:new": {}, "f:z": { ".": {} } } },
    ];
    expect(givenEntries(given, stored)?.[0]?.fieldsV1).toEqual({ "f:z": {}, 'k:{"a":2,"b":1}': {} });
    expect(givenEntries(given, stored)?.[0]).not.toHaveProperty("subresource");
  });

  test.each<[readonly unknown[] | undefined, boolean]>([
    [undefined, false],
    [[], true],
    [[{}], true],
    [[{ manager: "x" }], false],
    [[{}, {}], false],
  ])("%j forget all owners: %j", (given, wanted) => {
    expect(isReset(given)).toBe(wanted);
  });
});
