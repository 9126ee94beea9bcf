import { describe, expect, onTestFinished, test } from "vitest";
import { type InformerOptions, startInformer } from "../../../src/k8s/informer.ts";
import type { AnyObject } from "../../../src/k8s/types.ts";
import { createManualClock, settled } from "../../helpers/manual-clock.ts";
import { createFickleServer } from "./fickle-server.ts";
import { CONFIG_MAPS, broken, configMap, createScriptedClient, ends, sends } from "./scripted-client.ts";

const start = (client: Parameters<typeof startInformer>[0], options: Partial<InformerOptions> = {}) => {
  const abort = new AbortController();
  onTestFinished(() => abort.abort());
  const clock = createManualClock();
  const informer = startInformer(client, CONFIG_MAPS, { signal: abort.signal, clock, ...options });
  return { informer, abort, clock };
};

/** Changes as `added`, `changed`, `removed` with the name. */
const recorder = () => {
  const changes: string[] = [];
  const onChange = (before?: AnyObject, after?: AnyObject): void => {
    const what = before === undefined ? "added" : after === undefined ? "removed" : "changed";
    changes.push(`${what} ${(after ?? before)?.metadata.name}`);
  };
  return { changes, onChange };
};

describe("an informer", () => {
  test("is synced after the first list, and finds objects by name", async () => {
    const scripted = createScriptedClient();
    scripted.list = () => ({ items: [configMap("a", "1"), configMap("b", "2")], resourceVersion: "10" });
    const { informer } = start(scripted.client);
    await informer.synced;
    expect(informer.get({ namespace: "default", name: "a" })?.metadata.resourceVersion).toBe("1");
    expect(informer.get({ namespace: "other", name: "a" })).toBeUndefined();
    expect(informer.list()).toHaveLength(2);
  });

  test("that ends before its first list is never synced", async () => {
    const scripted = createScriptedClient();
    scripted.list = () => {
      throw broken();
    };
    const { informer, abort } = start(scripted.client);
    await settled();
    const reason = new Error("enough");
    abort.abort(reason);
    await expect(informer.synced).rejects.toBe(reason);
  });

  test("tells each change once, also those that a list brings", async () => {
    const scripted = createScriptedClient();
    const lists = [
      [configMap("a", "1"), configMap("b", "2"), configMap("c", "3")],
      [configMap("a", "1"), configMap("b", "7")],
    ];
    scripted.list = () => ({ items: lists.shift() ?? [], resourceVersion: "10" });
    scripted.watches.push(
      ends({ type: "ERROR", object: { code: 410 } }),
      sends({ type: "MODIFIED", object: configMap("b", "7") }, { type: "DELETED", object: configMap("a", "8") }),
    );
    const { changes, onChange } = recorder();
    start(scripted.client, { onChange });
    await settled();
    expect(changes).toEqual(["added a", "added b", "added c", "removed c", "changed b", "removed a"]);
  });

  test("tells of an object that was made anew under its name as a removal and an addition", async () => {
    const scripted = createScriptedClient();
    scripted.list = () => ({ items: [configMap("a", "1")], resourceVersion: "10" });
    scripted.watches.push(sends({ type: "ADDED", object: configMap("a", "12", { uid: "another" }) }));
    const { changes, onChange } = recorder();
    start(scripted.client, { onChange });
    await settled();
    expect(changes).toEqual(["added a", "removed a", "added a"]);
  });

  test("does not keep who manages which field", async () => {
    const scripted = createScriptedClient();
    scripted.list = () => ({ items: [configMap("a", "1", { managedFields: [{}] })], resourceVersion: "10" });
    const { informer } = start(scripted.client);
    await informer.synced;
    expect(informer.list()[0]?.metadata).not.toHaveProperty("managedFields");
  });

  test.each([1, 2, 3])("misses no final state over 500 random cuts (seed %d)", async (seed) => {
    const server = createFickleServer(seed, 500);
    const { informer, clock } = start(server.client);
    while (server.cutsLeft() > 0) await clock.advance(31_000);
    await clock.advance(31_000);
    const versions = (objects: readonly AnyObject[]): string[] =>
      objects.map(({ metadata }) => `${metadata.name} ${metadata.uid} ${metadata.resourceVersion}`).toSorted();
    expect(versions(informer.list())).toEqual(versions(server.objects()));
    expect(server.relists()).toBeGreaterThan(20);
  });
});
