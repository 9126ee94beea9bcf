import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { type ListChanges, changeNamedLists } from "../../../src/lib/yaml-lists.ts";

const ours = { name: "ours", cluster: { server: "https://127.0.0.1:1" } };
const put: ListChanges = { put: { clusters: [ours] } };
const drop: ListChanges = { drop: { lists: ["clusters"], names: ["ours"] } };

/** Texts with one entry of somebody else, in the ways in which people and programs write them. */
const STYLES: readonly (readonly [string, string])[] = [
  ["not indented", "kind: Config\nclusters:\n- name: theirs\n  cluster:\n    server: https://example.org\nusers: []\n"],
  ["indented", "clusters:\n    - name: theirs\n      cluster: {server: 'https://example.org'}\nkind:   Config\n"],
  ["commented", "# mine\nclusters: # all of them\n# the first\n- name: theirs # keep\n\n# behind\nusers: []\n"],
  ["a dash on a line of its own", "clusters:\n-\n  name: theirs\n  cluster: {}\nusers: []\n"],
  ["without a newline at its end", "clusters:\n- name: theirs\n  cluster:\n    server: https://example.org"],
  ["block text", "clusters:\n- name: theirs\n  note: |\n    one\n    two\n\nusers: []\n"],
  ["Windows line ends", "clusters:\r\n- name: theirs\r\n  cluster: {}\r\nusers: []\r\n"],
];

/** The lines of a text that are also, in this order, in another one. */
const isWithin = (lines: readonly string[], others: readonly string[]): boolean => {
  let at = 0;
  for (const line of others) if (line === lines[at]) at++;
  return at === lines.length;
};

describe.each(STYLES)("a text %s", (_style, text) => {
  test("keeps each of its lines when an entry comes, and has the entry", async () => {
    const changed = await changeNamedLists(text, put);
    expect(isWithin(text.split("\n"), changed.split("\n")) || changed.startsWith(text)).toBe(true);
    const before = parse(text) as { clusters: unknown[] };
    expect(parse(changed)).toEqual({ ...before, clusters: [...before.clusters, ours] });
  });

  test("is as it was, to the byte, when the entry goes again", async () => {
    const changed = await changeNamedLists(await changeNamedLists(text, put), drop);
    expect(changed.trimEnd()).toBe(text.trimEnd());
  });

  test("is not touched by what it has, or has not", async () => {
    const changed = await changeNamedLists(text, put);
    expect(await changeNamedLists(changed, put)).toBe(changed);
    expect(await changeNamedLists(text, drop)).toBe(text);
  });

  test("changes only the entry that changes", async () => {
    const changed = await changeNamedLists(text, put);
    const moved = { ...ours, cluster: { server: "https://127.0.0.1:2" } };
    const again = await changeNamedLists(changed, { put: { clusters: [moved] } });
    expect(again).toBe(changed.replace("https://127.0.0.1:1", "https://127.0.0.1:2"));
  });
});

test.each([
  ["no list", "kind: Config\n"],
  ["an empty list", "clusters: []\nkind: Config\n"],
  ["a list without a value", "clusters:\nkind: Config\n"],
  ["a null list at the end", "kind: Config\nclusters: null"],
])("a text with %s gets one", async (_what, text) => {
  const changed = await changeNamedLists(text, put);
  expect(parse(changed)).toEqual({ kind: "Config", clusters: [ours] });
  expect(changed).toContain("kind: Config\n");
});

test("a list whose last entry goes is empty, not gone", async () => {
  const changed = await changeNamedLists("clusters:\n- name: ours\nkind: Config\n", drop);
  expect(changed).toBe("clusters: []\nkind: Config\n");
});

test("several changes at once leave the rest alone", async () => {
  const text = "clusters:\n- name: a\n- name: b # kept\n- name: c\ncurrent: a\n# end\n";
  const changed = await changeNamedLists(text, {
    drop: { lists: ["clusters", "users"], names: ["a", "c"] },
    put: { clusters: [{ name: "d" }], users: [{ name: "u" }] },
    set: { current: "d" },
  });
  expect(changed).toBe("clusters:\n- name: b # kept\n- name: d\ncurrent: d\n# end\nusers:\n  - name: u\n");
});

test("a text in JSON stays JSON", async () => {
  const text = JSON.stringify({ kind: "Config", clusters: [{ name: "theirs" }], users: [{ name: "u" }] }, undefined, 2);
  const changed = await changeNamedLists(text, { ...put, set: { current: "ours" } });
  expect(JSON.parse(changed)).toEqual({
    kind: "Config",
    clusters: [{ name: "theirs" }, ours],
    users: [{ name: "u" }],
    current: "ours",
  });
});
