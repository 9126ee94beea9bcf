import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { KubeClient } from "../../../../../src/k8s/client.ts";
import { connect } from "../../../../../src/k8s/connect.ts";
import type { AnyObject } from "../../../../../src/k8s/types.ts";
import { type TestApiServer, startApiServer } from "../../../../helpers/api-server.ts";
import { SAMPLES } from "./samples.ts";

/** As a real kube-apiserver 1.34.2 stored them, with the admission of service accounts that ours does not have. */
const recorded = JSON.parse(readFileSync(path.join(import.meta.dirname, "recorded", "created.json"), "utf8")) as Record<
  string,
  AnyObject
>;

/** What our server leaves out on purpose, by sample; docs/embedded.md says it of the kinds. */
const LEFT_OUT: Readonly<Record<string, readonly string[]>> = {
  pv: ["metadata.finalizers"],
  pvc: ["metadata.finalizers"],
  crd: ["status"],
  // Of what nothing here looks at.
  "service-lb": ["spec.healthCheckNodePort"],
  statefulset: ["spec.volumeClaimTemplates"],
};

/** Kinds of admission, which this engine does not have: they are kept as they come. */
const AS_THEY_COME = new Set(["limitrange", "mutatingwebhook", "validatingwebhook"]);

let server: TestApiServer;
let client: KubeClient;
beforeAll(async () => {
  server = await startApiServer();
  client = connect(server.endpoint);
}, 60_000);
afterAll(async () => {
  client.close();
  await server.stop();
});

describe("a new object of a built-in kind", () => {
  test.for(
    SAMPLES.filter(({ id }) => recorded[id] !== undefined && !AS_THEY_COME.has(id)).map(
      (one) => [one.id, one] as const,
    ),
  )("%s has what the real server gives it", async ([id, { object }]) => {
    const wanted = JSON.parse(JSON.stringify(object).replaceAll("{ns}", "default")) as AnyObject;
    const isNamespaced = recorded[id]?.metadata.namespace !== undefined;
    if (isNamespaced) wanted.metadata.namespace ??= "default";
    const created = await client.create(wanted);
    expect(plain(created, id)).toEqual(plain(recorded[id] as AnyObject, id));
  });
});

/** Without what is different each time, and without the token that pods get by admission. */
const plain = (object: AnyObject, id: string): unknown => {
  const text = JSON.stringify(object)
    .replaceAll(object.metadata.uid ?? "-", "UID")
    .replaceAll(/"\d{4}-\d\d-\d\dT[\d:.]+Z"/g, '"TIME"')
    .replaceAll(/"10\.\d+\.\d+\.\d+"/g, '"ADDRESS"')
    .replaceAll(/"nodePort":\d+/g, '"nodePort":"PORT"');
  const copy = JSON.parse(text) as Record<string, never> & { metadata: Record<string, unknown>; spec?: PodSpec };
  for (const field of ["resourceVersion", "managedFields"]) delete copy.metadata[field];
  for (const field of LEFT_OUT[id] ?? []) remove(copy, field.split("."));
  if (object.kind === "Pod" && copy.spec !== undefined) withoutToken(copy.spec);
  return copy;
};

const remove = (object: Record<string, unknown>, [first = "", ...rest]: readonly string[]): void => {
  if (rest.length === 0) delete object[first];
  else remove(object[first] as Record<string, unknown>, rest);
};

interface PodSpec {
  volumes?: { name: string }[];
  serviceAccountName?: string;
  serviceAccount?: string;
  containers: { volumeMounts?: { name: string }[] }[];
  initContainers?: { volumeMounts?: { name: string }[] }[];
}

const withoutToken = (spec: PodSpec): void => {
  const isOwn = ({ name }: { name: string }): boolean => !name.startsWith("kube-api-access-");
  delete spec.serviceAccountName;
  delete spec.serviceAccount;
  spec.volumes = (spec.volumes ?? []).filter(isOwn);
  for (const container of [...spec.containers, ...(spec.initContainers ?? [])])
    container.volumeMounts = (container.volumeMounts ?? []).filter(isOwn);
};
