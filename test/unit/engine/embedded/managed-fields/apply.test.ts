import { describe, expect, test } from "vitest";
import { StatusError } from "../../../../../src/engine/embedded/api/status.ts";
import { type Apply, applyServerSide } from "../../../../../src/engine/embedded/managed-fields/apply.ts";
import type { Entry } from "../../../../../src/engine/embedded/managed-fields/entry.ts";
import { emptyObject } from "../../../../../src/engine/embedded/managed-fields/object-type.ts";
import { trackUpdate } from "../../../../../src/engine/embedded/managed-fields/track-update.ts";
import type { AnyObject } from "../../../../../src/k8s/types.ts";
import { box, boxType, builtinType, findBox } from "./types.ts";

const T1 = "2026-01-01T00:00:01Z";
const T2 = "2026-01-01T00:00:02Z";
const LAST = "kubectl.kubernetes.io/last-applied-configuration";

const apply = (live: AnyObject | undefined, applied: AnyObject, more: Partial<Apply> = {}): AnyObject =>
  applyServerSide({
    type: boxType(),
    find: findBox,
    live: live ?? ({ apiVersion: "fields.choreo.dev/v1", kind: "Box" } as AnyObject),
    applied,
    manager: "me",
    subresource: undefined,
    force: false,
    time: T1,
    ...more,
  });

/** The object after an update by another manager. */
const updated = (before: AnyObject | undefined, after: AnyObject, manager = "updater"): AnyObject => {
  const entries = trackUpdate({
    type: boxType(),
    find: findBox,
    before: before ?? emptyObject(boxType()),
    after,
    entries: (before?.metadata.managedFields ?? []) as readonly Entry[],
    manager,
    subresource: undefined,
    time: T1,
  });
  return { ...after, metadata: { ...after.metadata, managedFields: [...entries] } };
};

const ownersOf = (object: AnyObject): unknown =>
  Object.fromEntries(
    (object.metadata.managedFields as readonly Entry[]).map(({ manager, operation, fieldsV1 }) => [
      `${manager} ${operation}`,
      fieldsV1["f:spec"] ?? fieldsV1,
    ]),
  );

const refusal = (work: () => unknown): unknown => {
  try {
    work();
  } catch (error) {
    if (error instanceof StatusError) return error.status;
    throw error;
  }
  return "no refusal";
};

describe("server-side apply", () => {
  test("makes the object and owns what it says", () => {
    const made = apply(undefined, box({ size: "s", nested: { x: "1" } }));
    expect(made["spec"]).toEqual({ size: "s", nested: { x: "1" } });
    expect(made.metadata.managedFields).toEqual([
      {
        manager: "me",
        operation: "Apply",
        apiVersion: "fields.choreo.dev/v1",
        time: T1,
        fieldsType: "FieldsV1",
        fieldsV1: { "f:spec": { "f:nested": { "f:x": {} }, "f:size": {} } },
      },
    ]);
  });

  test("removes what its manager does not apply any more, and nothing else", () => {
    const first = apply(
      undefined,
      box({ size: "s", map: { a: "1", b: "1" }, tags: ["a"], parts: [{ name: "p", weight: 1 }] }),
    );
    const other = apply(first, box({ tags: ["b"], map: { c: "1" }, parts: [{ name: "q" }] }), { manager: "you" });
    const second = apply(other, box({ map: { b: "1" }, parts: [{ name: "p" }] }));
    expect(second["spec"]).toEqual({ map: { b: "1", c: "1" }, tags: ["b"], parts: [{ name: "p" }, { name: "q" }] });
  });

  test("leaves what a write that is no apply set in an object that it gives up", () => {
    const first = apply(undefined, box({ nested: { x: "1" } }));
    const changed = updated(first, box({ nested: { x: "1", y: "2" } }, { metadata: first.metadata }));
    expect(apply(changed, box({}))["spec"]).toEqual({ nested: { y: "2" } });
  });

  test("takes the defaults of an item with the item", () => {
    const first = apply(undefined, box({ parts: [{ name: "p" }, { name: "q" }] }));
    const filled = {
      ...first,
      spec: {
        parts: [
          { name: "p", weight: 1 },
          { name: "q", weight: 1 },
        ],
      },
    };
    expect(apply(filled, box({ parts: [{ name: "q" }] }))["spec"]).toEqual({ parts: [{ name: "q", weight: 1 }] });
  });

  test("shares what two apply alike: it goes with the last of them", () => {
    const first = apply(undefined, box({ size: "s", count: 1 }));
    const shared = apply(first, box({ size: "s" }), { manager: "you" });
    expect(ownersOf(shared)).toEqual({ "me Apply": { "f:count": {}, "f:size": {} }, "you Apply": { "f:size": {} } });
    const left = apply(shared, box({ count: 1 }));
    expect(left["spec"]).toEqual({ size: "s", count: 1 });
    expect(apply(left, box({}), { manager: "you" })["spec"]).toEqual({ count: 1 });
  });

  test("has no time for a manager that has changed nothing yet", () => {
    const first = apply(undefined, box({ size: "s" }));
    const [entry] = apply(first, box({ size: "s" }), { manager: "you", time: T2 }).metadata.managedFields as Entry[];
    expect([entry?.manager, entry?.time]).toEqual(["you", undefined]);
  });

  test("refuses to change what another owns, with every field", () => {
    const live = updated(
      apply(undefined, box({ size: "s" })),
      box({ size: "s", count: 1, parts: [{ name: "p", weight: 1 }] }),
    );
    const conflicting = box({ size: "l", count: 2, parts: [{ name: "p", weight: 2 }] });
    expect(refusal(() => apply(live, conflicting, { manager: "you" }))).toEqual({
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      reason: "Conflict",
      code: 409,
      message:
        'Apply failed with 3 conflicts: conflicts with "me":\n- .spec.size\nconflicts with "updater" using fields.choreo.dev/v1:\n- .spec.count\n- .spec.parts[name="p"].weight',
      details: {
        causes: [
          { reason: "FieldManagerConflict", message: 'conflict with "me"', field: ".spec.size" },
          {
            reason: "FieldManagerConflict",
            message: 'conflict with "updater" using fields.choreo.dev/v1',
            field: ".spec.count",
          },
          {
            reason: "FieldManagerConflict",
            message: 'conflict with "updater" using fields.choreo.dev/v1',
            field: '.spec.parts[name="p"].weight',
          },
        ],
      },
    });
    expect(refusal(() => apply(live, box({ size: "l" }), { manager: "you" }))).toMatchObject({
      message: 'Apply failed with 1 conflict: conflict with "me": .spec.size',
    });
  });

  test("takes it where it is forced", () => {
    const first = apply(undefined, box({ size: "s", count: 1 }));
    const forced = apply(first, box({ size: "l" }), { manager: "you", force: true, time: T2 });
    expect(forced["spec"]).toEqual({ size: "l", count: 1 });
    expect(ownersOf(forced)).toEqual({ "me Apply": { "f:count": {} }, "you Apply": { "f:size": {} } });
  });

  test("finds items with a key by default", () => {
    const made = apply(undefined, box({ ports: [{ port: 1, note: "x" }] }));
    const live = { ...made, spec: { ports: [{ port: 1, protocol: "TCP", note: "x" }] } };
    const next = apply(
      live,
      box({
        ports: [
          { port: 1, note: "y" },
          { port: 1, protocol: "UDP" },
        ],
      }),
    );
    expect(next["spec"]).toEqual({
      ports: [
        { port: 1, protocol: "TCP", note: "y" },
        { port: 1, protocol: "UDP" },
      ],
    });
  });

  test("keeps what was there before anybody was tracked for a manager of its own", () => {
    const next = apply(box({ size: "s", count: 1 }), box({ size: "s" }), { time: T2 });
    expect(ownersOf(next)).toEqual({
      "before-first-apply Update": { ".": {}, "f:count": {}, "f:size": {} },
      "me Apply": { "f:size": {} },
    });
  });

  test("of a status owns and changes nothing of the spec", () => {
    const live = apply(undefined, box({ size: "s" }));
    const next = apply(live, box({ size: "l" }, { status: { note: "n" } }), { subresource: "status", manager: "you" });
    expect(
      (next.metadata.managedFields as Entry[]).map(({ manager, subresource, fieldsV1 }) => [
        manager,
        subresource,
        fieldsV1,
      ]),
    ).toEqual([
      ["me", undefined, { "f:spec": { "f:size": {} } }],
      ["you", "status", { "f:status": { "f:note": {} } }],
    ]);
  });

  test("removes what its manager applied in another version", () => {
    const first = apply(undefined, box({ size: "s", count: 1 }));
    const next = apply(
      { ...first, apiVersion: "fields.choreo.dev/v2" },
      { ...box({ size: "s" }), apiVersion: "fields.choreo.dev/v2" },
      { type: boxType("v2") },
    );
    expect(next["spec"]).toEqual({ size: "s" });
    expect((next.metadata.managedFields as Entry[]).map(({ apiVersion }) => apiVersion)).toEqual([
      "fields.choreo.dev/v2",
    ]);
  });

  test.each<[string, AnyObject, number, string]>([
    ["of another kind", { ...box({}), kind: "Bag" }, 400, "invalid object type: fields.choreo.dev/v1, Kind=Bag"],
    [
      "with owners of its own",
      box({}, { metadata: { name: "b", managedFields: [] } }),
      400,
      "metadata.managedFields must be nil",
    ],
    [
      "with an item twice",
      box({ parts: [{ name: "p" }, { name: "p" }] }),
      500,
      'failed to create typed patch object (/b; fields.choreo.dev/v1, Kind=Box): .spec.parts: duplicate entries for key [name="p"]',
    ],
    [
      "with an unknown field",
      box({ nix: 1 }, { metadata: { name: "b", namespace: "n" } }),
      500,
      "failed to create typed patch object (n/b; fields.choreo.dev/v1, Kind=Box): .spec.nix: field not declared in schema",
    ],
  ])("refuses an object %s", (_, applied, code, message) => {
    expect(refusal(() => apply(undefined, applied))).toMatchObject({ code, message });
  });

  test("changes neither the live object nor what is applied", () => {
    const live = apply(undefined, box({ size: "s", map: { a: "1" }, parts: [{ name: "p" }] }));
    const applied = box({ map: { b: "1" }, parts: [{ name: "q" }] });
    const before = structuredClone([live, applied]);
    apply(live, applied);
    expect([live, applied]).toEqual(before);
  });
});

describe("kubectl's server-side apply after its client-side apply", () => {
  const type = builtinType("ConfigMap");
  const map = (data: object, annotations?: object): AnyObject => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "a", ...(annotations === undefined ? {} : { annotations }) } as AnyObject["metadata"],
    data,
  });
  const lastApplied = { [LAST]: JSON.stringify(map({ k: "v" })) };
  const clientSide = (data: object): AnyObject => {
    const object = map(data, lastApplied);
    const entries = trackUpdate({
      type,
      find: () => type,
      before: emptyObject(type),
      after: object,
      entries: [],
      manager: "kubectl-client-side-apply",
      subresource: undefined,
      time: T1,
    });
    return { ...object, metadata: { ...object.metadata, managedFields: [...entries] } };
  };
  const go = (live: AnyObject, data: object, manager: string, annotations?: object): AnyObject =>
    applyServerSide({
      type,
      find: () => type,
      live,
      applied: map(data, annotations),
      manager,
      subresource: undefined,
      force: false,
      time: T2,
    });

  test("takes over what that set, and keeps the annotation up to date", () => {
    const next = go(clientSide({ k: "v" }), { k: "w" }, "kubectl");
    expect(next["data"]).toEqual({ k: "w" });
    expect(next.metadata.annotations?.[LAST]).toBe(
      '{"apiVersion":"v1","data":{"k":"w"},"kind":"ConfigMap","metadata":{"name":"a"}}\n',
    );
  });

  test("gives up the annotation when it applied that itself and does not any more", () => {
    const first = go({ apiVersion: "v1", kind: "ConfigMap" } as AnyObject, { k: "v" }, "kubectl", { [LAST]: "{}" });
    expect(first.metadata.annotations).toHaveProperty([LAST]);
    const next = go(first, { k: "v" }, "kubectl");
    expect(next.metadata.annotations ?? {}).toEqual({});
    expect(next["data"]).toEqual({ k: "v" });
  });

  test("does not where somebody changed it since", () => {
    expect(refusal(() => go(clientSide({ k: "x" }), { k: "w" }, "kubectl"))).toMatchObject({
      message: 'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using v1: .data.k',
    });
  });

  test("does not under another name", () => {
    expect(refusal(() => go(clientSide({ k: "v" }), { k: "w" }, "me"))).toMatchObject({ code: 409 });
  });
});
