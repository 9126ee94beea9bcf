import { afterAll, beforeAll, expect, test } from "vitest";
import { type ApiServer, startApiServer } from "../../../../../src/engine/embedded/api-server.ts";
import { makeCredentials } from "../../../../../src/engine/embedded/certificates.ts";
import { isConflict } from "../../../../../src/k8s/errors.ts";
import type { AnyObject } from "../../../../../src/k8s/types.ts";

const settings = { apiVersion: "v1", kind: "ConfigMap", name: "settings", namespace: "default" };
let server: ApiServer;

beforeAll(async () => {
  server = await startApiServer({
    store: { dir: undefined },
    credentials: makeCredentials("test", Date.now()),
    port: 0,
    serviceCIDR: "10.0.0.0/24",
  });
});
afterAll(() => server.close());

test("a conflict is told when reads show what is in conflict, also to a client that never lets go of the event loop", async () => {
  const { client } = server;
  const { apiVersion, kind, name, namespace } = settings;
  const made = await client.create<AnyObject>({ apiVersion, kind, metadata: { name, namespace } });
  // On its way to the disk while the other comes.
  const first = client.mergePatch(settings, { data: { by: "first" } });
  const { resourceVersion } = made.metadata;
  const second = client.mergePatch(settings, { metadata: { resourceVersion }, data: { by: "second" } });
  expect(await second.then(() => undefined, isConflict)).toBe(true);
  expect(await client.get(settings)).toMatchObject({ data: { by: "first" } });
  await first;
});

test("a deletion that changes nothing any more is answered when reads show the one before it", async () => {
  const { client } = server;
  const held = { ...settings, name: "held" };
  const { apiVersion, kind, name, namespace } = held;
  await client.create<AnyObject>({ apiVersion, kind, metadata: { name, namespace, finalizers: ["example.com/hold"] } });
  const first = client.delete(held);
  await client.delete(held);
  expect((await client.get(held))?.metadata.deletionTimestamp).toBeDefined();
  await first;
});
