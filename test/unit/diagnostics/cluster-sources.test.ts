import { describe, expect, test } from "vitest";
import { clusterSources } from "../../../src/diagnostics/cluster-sources.ts";
import type { Listed } from "../../../src/diagnostics/cluster-look.ts";
import { createHide } from "../../../src/diagnostics/hide.ts";

const hide = createHide([]);
const listed = (kind: string, ...names: string[]): Listed => ({
  kind: { apiVersion: "v1", kind },
  items: names.map((name, at) => ({
    apiVersion: "v1",
    kind,
    metadata: { name, creationTimestamp: `2026-01-01T00:00:0${at}Z` },
    data: { text: name.repeat(50) },
  })),
  problem: undefined,
});

/** Names that are in each file, and how many objects it says are not, with so many bytes for the cluster. */
const shown = async (lists: readonly Listed[], limit: number): Promise<Record<string, unknown>> => {
  const look = { name: "shop", lists, client: undefined, problem: undefined };
  const sources = clusterSources(look, { hide, limit, call: () => ({}) });
  const files = sources.map(async ({ path, limit: most, read }) => {
    const text = (await read(hide, most)) ?? "";
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(most);
    const list = JSON.parse(text) as { leftOut: number; items: { metadata: { name: string } }[] };
    return [path, [list.leftOut, ...list.items.map(({ metadata }) => metadata.name)]] as const;
  });
  return Object.fromEntries(await Promise.all(files));
};

describe("the objects of a cluster", () => {
  test("are all there when they fit, also the only one of its kind", async () => {
    const lists = [listed("Node", "one"), listed("ConfigMap", "first", "second", "third")];
    expect(await shown(lists, 1_000_000)).toEqual({
      "clusters/shop/objects/Node.json": [0, "one"],
      "clusters/shop/objects/ConfigMap.json": [0, "first", "second", "third"],
    });
  });

  test("are the newest ones of each kind when they do not fit", async () => {
    const lists = [listed("Node", "one"), listed("ConfigMap", "first", "second", "third")];
    expect(await shown(lists, 5_000)).toEqual({
      "clusters/shop/objects/Node.json": [0, "one"],
      "clusters/shop/objects/ConfigMap.json": [1, "second", "third"],
    });
  });
});
