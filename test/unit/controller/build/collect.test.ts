import { mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { collectAfter, collectUnused } from "../../../../src/controller/build/collect.ts";
import type { ReconcileContext } from "../../../../src/controller/reconciler.ts";
import type { Build } from "../../../../src/crds/types.ts";
import { temporaryFolder } from "../../../helpers/temporary-folder.ts";

const hex = (digit: string): string => digit.repeat(64);
const build = (name: string, reason: string, digest?: string, lastTransitionTime = ""): Build =>
  ({
    apiVersion: "core.choreo.dev/v1",
    kind: "Build",
    metadata: { name, uid: name },
    spec: { buildConfiguration: {} },
    status: {
      conditions: [{ type: "Completed", status: "False", reason, message: "", lastTransitionTime }],
      ...(digest !== undefined && { imageStatus: { image: `api:main-1@sha256:${digest}` } }),
    },
  }) as unknown as Build;

/** A store with the bundles a, b and c, a young source, an old one, and the work of a build. */
const start = (list: readonly Build[]): { builds: string; context: ReconcileContext; left: () => string[] } => {
  const builds = temporaryFolder();
  for (const name of ["a", "b", "c"]) {
    mkdirSync(path.join(builds, "bundles", hex(name)), { recursive: true });
    writeFileSync(path.join(builds, "bundles", hex(name), "server.js"), "", { mode: 0o444 });
  }
  mkdirSync(path.join(builds, "work", "b1-12345678"), { recursive: true });
  mkdirSync(path.join(builds, "sources"));
  for (const name of ["young", "old"]) writeFileSync(path.join(builds, "sources", name), "");
  utimesSync(path.join(builds, "sources", "old"), 1, 1);
  const context = { cache: () => ({ list: () => list }), settings: { builds }, log: () => undefined };
  const left = (): string[] =>
    ["bundles", "sources", "work"].flatMap((kind) =>
      readdirSync(path.join(builds, kind)).map((name) => `${kind}/${name.length === 64 ? (name[0] ?? "") : name}`),
    );
  return { builds, context: context as unknown as ReconcileContext, left };
};

describe("the collection of what builds left", () => {
  test("keeps bundles that a build names and sources that may belong to a build which nobody has seen", async () => {
    const { context, left } = start([build("one", "BuildCompleted", hex("a")), build("two", "BuildFailed")]);
    await collectUnused(context);
    expect(left()).toEqual(["bundles/a", "sources/young"]);
  });

  test("waits for builds that run", async () => {
    const { context, left } = start([build("one", "BuildCompleted", hex("a")), build("two", "BuildProgressing")]);
    await collectUnused(context);
    expect(left()).toHaveLength(6);
  });

  test("is made for the build that has ended last, and not again for each that had ended before", async () => {
    const first = build("one", "BuildCompleted", hex("a"), "2026-01-01T10:00:00Z");
    const second = build("two", "BuildFailed", undefined, "2026-01-01T11:00:00Z");
    const { context, left } = start([second, first]);
    await collectAfter(first, context);
    expect(left()).toHaveLength(6);
    await collectAfter(second, context);
    expect(left()).toEqual(["bundles/a", "sources/young"]);
  });

  test("takes the bundle of a build that goes, unless another build made the same", async () => {
    const going = build("one", "BuildCompleted", hex("a"));
    const { context, left } = start([going, build("two", "BuildCompleted", hex("b"))]);
    await collectUnused(context, going);
    expect(left()).toContain("bundles/b");
    expect(left()).not.toContain("bundles/a");
    const same = start([going, build("two", "BuildCompleted", hex("a"))]);
    await collectUnused(same.context, going);
    expect(same.left()).toContain("bundles/a");
  });
});
