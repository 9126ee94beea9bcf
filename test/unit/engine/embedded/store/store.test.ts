import { describe, expect, test } from "vitest";
import { type Change, type Store, openStore } from "../../../../../src/engine/embedded/store/store.ts";
import { memoryFiles } from "../../../../helpers/memory-files.ts";
import { pick, seeded } from "../../../../helpers/random.ts";

const key = (name: string, resource = "/pods"): string => `${resource}/default/${name}`;
const put = (store: Store, name: string, expected?: number): Promise<Change | undefined> =>
  store.write({ key: key(name), expected, value: (revision) => `${name}@${revision}` });
const remove = (store: Store, name: string, expected?: number): Promise<Change | undefined> =>
  store.write({ key: key(name), expected, delete: true, value: (revision) => `${name} gone@${revision}` });
const names = (store: Store, options = {}): string[] =>
  store.range("/pods/", options).entries.map(({ value }) => value);
const inMemory = (history?: number): Promise<Store> =>
  openStore({ dir: undefined, ...(history === undefined ? {} : { history }) });

describe("the store", () => {
  test("counts every write of every resource with one revision", async () => {
    const store = await inMemory();
    await Promise.all([
      put(store, "b"),
      store.write({ key: key("x", "/nodes"), expected: 0, value: String }),
      put(store, "a"),
    ]);
    expect(names(store)).toEqual(["a@4", "b@2"]);
    expect([store.revision, store.get(key("x", "/nodes"))?.value]).toEqual([4, "3"]);
  });

  test("writes only over the entry that is expected", async () => {
    const store = await inMemory();
    await put(store, "a", 0);
    expect(await put(store, "a", 0)).toBeUndefined();
    const first = store.get(key("a"))!.revision;
    const [one, two] = await Promise.all([put(store, "a", first), put(store, "a", first)]);
    expect([one?.revision, two]).toEqual([first + 1, undefined]);
    expect(await remove(store, "a", first)).toBeUndefined();
    expect(await remove(store, "missing")).toBeUndefined();
  });

  test("shows nothing that is not durable, and lets writes build on it", async () => {
    const store = await inMemory();
    const writing = put(store, "a");
    expect([store.get(key("a")), store.revision]).toEqual([undefined, 1]);
    expect(store.tip(key("a"))?.value).toBe("a@2");
    await writing;
    expect(store.get(key("a"))?.value).toBe("a@2");
  });

  test("says when what is on its way has arrived", async () => {
    const store = await inMemory();
    void put(store, "a");
    void put(store, "b");
    await store.settled();
    expect(names(store)).toEqual(["a@2", "b@3"]);
  });

  test("lists in the order of keys, in pages of one revision", async () => {
    const store = await inMemory();
    for (const name of ["c", "a", "d", "b"]) await put(store, name);
    const first = store.range("/pods/", { limit: 2 });
    expect([first.entries.map(({ value }) => value), first.remaining]).toEqual([["a@3", "b@5"], 2]);
    await put(store, "bb");
    await remove(store, "d");
    const after = first.entries.at(-1)!.key;
    expect(names(store, { after, revision: first.revision })).toEqual(["c@2", "d@4"]);
    expect(names(store, { after })).toEqual(["bb@6", "c@2"]);
  });

  test("keeps names apart that begin alike", async () => {
    const store = await inMemory();
    for (const namespace of ["a", "ab"])
      await store.write({ key: `/pods/${namespace}/x`, expected: 0, value: () => namespace });
    expect(store.range("/pods/a/").entries.map(({ value }) => value)).toEqual(["a"]);
  });

  test("tells watchers what came since, then what comes, of their part only", async () => {
    const store = await inMemory();
    await put(store, "a");
    const from = store.revision;
    await put(store, "b");
    const told: string[] = [];
    const stop = store.watch("/pods/default/", from, ({ entry, last }) => told.push(entry?.value ?? last ?? ""));
    await put(store, "a");
    await remove(store, "b");
    await store.write({ key: "/pods/other/c", expected: 0, value: () => "c" });
    await store.write({ key: key("n", "/nodes"), expected: 0, value: () => "n" });
    stop();
    await put(store, "later");
    expect(told).toEqual(["b@3", "a@4", "b gone@5"]);
  });

  test("forgets old changes, and says from when on it knows", async () => {
    const store = await inMemory(10);
    for (let round = 0; round < 25; round++) await put(store, "a");
    expect(store.compacted).toBeGreaterThan(1);
    const told: number[] = [];
    store.watch("/pods/", store.compacted, ({ revision }) => told.push(revision));
    expect(told[0]).toBe(store.compacted + 1);
    expect(told.at(-1)).toBe(store.revision);
  });

  test("is the same after it was opened again, at the same revision", async () => {
    const files = memoryFiles();
    const options = { dir: "/state", files, segmentBytes: 500 };
    const store = await openStore(options);
    for (let round = 0; round < 30; round++) await put(store, `n${round % 7}`);
    await remove(store, "n3");
    await store.close();
    const again = await openStore(options);
    expect([again.revision, names(again)]).toEqual([store.revision, names(store)]);
    expect([...files.written.keys()].some((file) => file.endsWith(".snapshot"))).toBe(true);
  });

  test("has not done what the disk refused", async () => {
    const files = memoryFiles();
    const store = await openStore({ dir: "/state", files });
    await put(store, "a");
    files.fault = () => new Error("ENOSPC");
    const told: number[] = [];
    store.watch("/pods/", store.revision, ({ revision }) => told.push(revision));
    const writes = await Promise.allSettled([put(store, "b"), put(store, "a"), remove(store, "a")]);
    expect(writes.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    expect([names(store), store.tip(key("a"))?.value, told]).toEqual([["a@2"], "a@2", []]);
    await expect(put(store, "c")).rejects.toMatchObject({ code: "E_STATE" });
  });

  test("agrees with a model in random histories: lists as they were, watches without gaps, a restart at the end", async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = seeded(seed);
      const files = memoryFiles();
      const options = { dir: "/state", files, segmentBytes: 2000, history: 1000 };
      const store = await openStore(options);
      const lists: { revision: number; values: string[] }[] = [];
      const model = new Map<string, string>();
      const watched = new Map<string, string>();
      store.watch("/pods/", store.revision, ({ key: changed, entry }) => {
        if (entry === undefined) watched.delete(changed);
        else watched.set(changed, entry.value);
      });
      for (let step = 0; step < 120; step++) {
        const name = pick(random, ["a", "b", "c", "d", "e", "f"]);
        const change = await (random() < 0.3 ? remove(store, name) : put(store, name));
        if (change?.entry !== undefined) model.set(change.key, change.entry.value);
        else if (change !== undefined) model.delete(change.key);
        const values = [...model].toSorted(([a], [b]) => a.localeCompare(b)).map(([, value]) => value);
        lists.push({ revision: store.revision, values });
        expect([seed, step, names(store)]).toEqual([seed, step, values]);
      }
      for (const { revision, values } of lists) expect(names(store, { revision })).toEqual(values);
      expect(new Map(watched)).toEqual(model);
      const again = await openStore({ ...options, files: memoryFiles(files.durable) });
      expect([again.revision, names(again)]).toEqual([store.revision, names(store)]);
    }
  });
});
