import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { KubeClient } from "../../../src/k8s/client.ts";
import { connect } from "../../../src/k8s/connect.ts";
import { type Informer, startInformer } from "../../../src/k8s/informer.ts";
import { readiness } from "../../../src/k8s/readiness.ts";
import type { AnyObject } from "../../../src/k8s/types.ts";
import { hasKubeApiserver, type RealApiserver, startKubeApiserver } from "../../helpers/kube-apiserver.ts";

const CONFIG_MAP = { apiVersion: "v1", kind: "ConfigMap" } as const;
const CRD = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" } as const;

describe.skipIf(!hasKubeApiserver)("a real kube-apiserver", () => {
  let server: RealApiserver;
  let client: KubeClient;

  beforeAll(async () => {
    server = await startKubeApiserver();
    client = connect(server.endpoint);
  });
  afterAll(async () => {
    client.close();
    await server.stop();
  });

  /** A namespace of the test's own. */
  const makeNamespace = async (): Promise<string> => {
    const name = `test-${randomBytes(4).toString("hex")}`;
    await client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
    return name;
  };
  const configMap = (namespace: string, name: string, data: Record<string, string> = {}): AnyObject => ({
    ...CONFIG_MAP,
    metadata: { name, namespace },
    data,
  });
  const watched = async (namespace: string, changes: string[] = []): Promise<Informer> => {
    const abort = new AbortController();
    onTestFinished(() => abort.abort());
    const informer = startInformer(client, CONFIG_MAP, {
      namespace,
      signal: abort.signal,
      onChange: (before, after) =>
        changes.push(
          `${before === undefined ? "+" : after === undefined ? "-" : "~"}${(after ?? before)?.metadata.name}`,
        ),
    });
    await informer.synced;
    return informer;
  };

  test("answers who it is and that it is ready", async () => {
    await expect(client.ready()).resolves.toBe(true);
    await expect(client.version()).resolves.toMatchObject({ gitVersion: expect.stringMatching(/^v1\./) });
    await expect(client.raw("/healthz")).resolves.toEqual({ status: 200, body: "ok" });
  });

  test("takes an object that was read back as it is, and changes nothing", async () => {
    const namespace = await makeNamespace();
    const applied = await client.apply(configMap(namespace, "one", { key: "value" }));
    const again = await client.apply(applied);
    expect(again.metadata.resourceVersion).toBe(applied.metadata.resourceVersion);
  });

  test("removes a field that is no longer applied, and keeps those of other managers", async () => {
    const namespace = await makeNamespace();
    await client.apply(configMap(namespace, "one", { mine: "1", dropped: "1" }));
    await client.apply(configMap(namespace, "one", { theirs: "1" }), { fieldManager: "other" });
    const after = await client.apply(configMap(namespace, "one", { mine: "2" }));
    expect(after["data"]).toEqual({ mine: "2", theirs: "1" });
  });

  test("refuses to take a field of another manager without force", async () => {
    const namespace = await makeNamespace();
    await client.apply(configMap(namespace, "one", { key: "theirs" }), { fieldManager: "other" });
    const mine = configMap(namespace, "one", { key: "mine" });
    await expect(client.apply(mine, { force: false })).rejects.toMatchObject({ status: 409, reason: "Conflict" });
    await expect(client.apply(mine)).resolves.toMatchObject({ data: { key: "mine" } });
  });

  test("keeps nothing of a dry run", async () => {
    const namespace = await makeNamespace();
    await client.apply(configMap(namespace, "one"), { dryRun: true });
    await client.create(configMap(namespace, "two"), { dryRun: true });
    const { items } = await client.list(CONFIG_MAP, { namespace, fieldSelector: "metadata.name!=kube-root-ca.crt" });
    expect(items).toEqual([]);
  });

  test("refuses a replacement of an old version, and a second creation", async () => {
    const namespace = await makeNamespace();
    const first = await client.create(configMap(namespace, "one"));
    await client.replace({ ...first, data: { key: "1" } });
    await expect(client.replace({ ...first, data: { key: "2" } })).rejects.toMatchObject({ reason: "Conflict" });
    await expect(client.create(configMap(namespace, "one"))).rejects.toMatchObject({ reason: "AlreadyExists" });
  });

  test("patches, and deletes only what is there and is the one that was seen", async () => {
    const namespace = await makeNamespace();
    const ref = { ...CONFIG_MAP, namespace, name: "one" };
    await client.create(configMap(namespace, "one", { a: "1", b: "1" }));
    await expect(client.mergePatch(ref, { data: { a: null } })).resolves.toMatchObject({ data: { b: "1" } });
    await expect(client.delete(ref, { uid: "another" })).rejects.toMatchObject({ reason: "Conflict" });
    await expect(client.delete(ref)).resolves.toBe(true);
    await expect(client.delete(ref)).resolves.toBe(false);
    await expect(client.get(ref)).resolves.toBeUndefined();
  });

  test("gives all pages of a long list at one version", async () => {
    const namespace = await makeNamespace();
    const names = Array.from({ length: 1050 }, (_, index) => `cm-${String(index).padStart(4, "0")}`);
    for (let from = 0; from < names.length; from += 50)
      await Promise.all(names.slice(from, from + 50).map((name) => client.create(configMap(namespace, name))));
    const { items } = await client.list(CONFIG_MAP, { namespace });
    expect(items.map(({ metadata }) => metadata.name)).toEqual(names);
  });

  test("keeps an informer in step, through an object that is made anew", async () => {
    const namespace = await makeNamespace();
    const changes: string[] = [];
    await client.create(configMap(namespace, "before"));
    const informer = await watched(namespace, changes);
    await client.create(configMap(namespace, "one"));
    await client.mergePatch({ ...CONFIG_MAP, namespace, name: "one" }, { data: { key: "1" } });
    await client.delete({ ...CONFIG_MAP, namespace, name: "one" });
    await client.create(configMap(namespace, "one", { key: "2" }));
    await expect.poll(() => changes).toEqual(["+before", "+one", "~one", "-one", "+one"]);
    const { items } = await client.list(CONFIG_MAP, { namespace });
    const withoutManagers = items.map(({ metadata: { managedFields: _managers, ...metadata }, ...rest }) => ({
      ...rest,
      metadata,
    }));
    expect(informer.list()).toEqual(withoutManagers);
  });

  test("has a new kind as soon as its definition is established", async () => {
    const group = `x${randomBytes(4).toString("hex")}.example.org`;
    const widget = { apiVersion: `${group}/v1`, kind: "Widget" };
    const definition = {
      ...CRD,
      metadata: { name: `widgets.${group}` },
      spec: {
        group,
        scope: "Cluster",
        names: { plural: "widgets", singular: "widget", kind: "Widget" },
        versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
      },
    };
    await expect(client.hasKind(widget)).resolves.toBe(false);
    await client.apply(definition);
    const ref = { ...CRD, name: definition.metadata.name };
    await expect
      .poll(async () => readiness((await client.get(ref)) as AnyObject), { timeout: 10_000 })
      .toEqual({ ready: true });
    await expect.poll(() => client.hasKind(widget), { timeout: 10_000 }).toBe(true);
    await expect(client.apply({ ...widget, metadata: { name: "one" } })).resolves.toMatchObject({ kind: "Widget" });
  });

  test("refuses a token that it does not know", async () => {
    const stranger = connect({ ...server.endpoint, token: "wrong" });
    onTestFinished(() => stranger.close());
    await expect(stranger.list(CONFIG_MAP)).rejects.toMatchObject({ status: 401, reason: "Unauthorized" });
  });
});
