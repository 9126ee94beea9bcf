import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { KINDS } from "../../../src/crds/definitions.ts";
import { installCrds, observeCrds, crdsHash } from "../../../src/crds/install.ts";
import type { Kind } from "../../../src/crds/kind.ts";
import type { KubeClient } from "../../../src/k8s/client.ts";
import { connect } from "../../../src/k8s/connect.ts";
import type { AnyObject } from "../../../src/k8s/types.ts";
import { manyListeners } from "../../../src/lib/many-listeners.ts";
import { type RealApiserver, hasKubeApiserver, startKubeApiserver } from "../../helpers/kube-apiserver.ts";
import { fullSample } from "../../helpers/schema-sample.ts";

const signal = manyListeners(new AbortController().signal);
const NAMESPACE = "default-org";

/** Fields that exclude each other: one side is left out of the sample. */
const EXCLUDED: Readonly<Record<string, readonly string[]>> = {
  DeployableArtifact: ["targetArtifact.fromBuildRef"],
  ConfigurationGroup: ["configurations.0.values.0.environmentGroupRef", "configurations.0.values.0.vaultKey"],
};

/** Undefined takes the field out. */
const setAt = (spec: unknown, at: string, value: unknown): void => {
  const keys = at.split(".");
  let parent = spec as Record<string, unknown>;
  for (const key of keys.slice(0, -1)) parent = parent[key] as Record<string, unknown>;
  const last = keys.at(-1) ?? "";
  if (value === undefined) Reflect.deleteProperty(parent, last);
  else parent[last] = value;
};

const sampleOf = ({ kind, scope, spec, status }: Kind, name: string): AnyObject => {
  const full = fullSample(spec.json);
  for (const at of EXCLUDED[kind] ?? []) setAt(full, at, undefined);
  return {
    apiVersion: "core.choreo.dev/v1",
    kind,
    metadata: { name, ...(scope === "Namespaced" ? { namespace: NAMESPACE } : {}) },
    spec: full,
    status: fullSample(status.json),
  };
};

const kindOf = (name: string): Kind => KINDS.find(({ kind }) => kind === name)!;

describe.runIf(hasKubeApiserver)("the resource definitions on a real kube-apiserver", () => {
  let server: RealApiserver;
  let client: KubeClient;

  beforeAll(async () => {
    server = await startKubeApiserver();
    client = connect(server.endpoint);
    await installCrds(client, { signal, progress: () => undefined });
    await client.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
  });
  afterAll(async () => {
    client?.close();
    await server?.stop();
  });

  test("are all served, and found again by their hash", async () => {
    expect(await observeCrds(client, signal)).toBe(crdsHash());
    const { items } = await client.list({ apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" });
    const complaints = items.flatMap((item) =>
      (
        (item["status"] as { conditions?: { type: string; status: string; message: string }[] }).conditions ?? []
      ).filter(({ type, status }) => type === "NonStructuralSchema" && status === "True"),
    );
    expect([items.length, complaints]).toEqual([13, []]);
  });

  test.each(KINDS.map((kind) => [kind.kind, kind] as const))("keeps every field of a %s", async (_, kind) => {
    const { status, ...wanted } = sampleOf(kind, "full");
    const stored = await client.create(wanted);
    expect(stored["spec"]).toEqual(wanted["spec"]);
    const withStatus = await client.apply(
      { apiVersion: wanted.apiVersion, kind: wanted.kind, metadata: wanted.metadata, status },
      { subresource: "status" },
    );
    expect(withStatus["status"]).toEqual(status);
  });

  const change = (name: string, at: string, value: unknown): AnyObject => {
    const object = sampleOf(kindOf(name), "changed");
    setAt(object["spec"], at, value);
    return object;
  };

  test.each([
    ["a missing field", change("Deployment", "deploymentArtifactRef", undefined), "deploymentArtifactRef: Required"],
    ["an enum's other value", change("Endpoint", "type", "FTP"), 'Unsupported value: "FTP"'],
    ["another type", change("Environment", "isProduction", "yes"), "must be of type boolean"],
    [
      "both sources of an artifact",
      change("DeployableArtifact", "targetArtifact.fromBuildRef", { name: "b" }),
      "exactly one of fromBuildRef and fromImageRef is needed",
    ],
    [
      "a value for an environment and a group",
      change("ConfigurationGroup", "configurations.0.values.0.environmentGroupRef", "g"),
      "exactly one of environment and environmentGroupRef is needed",
    ],
    [
      "a value that is a secret too",
      change("ConfigurationGroup", "configurations.0.values.0.vaultKey", "k"),
      "exactly one of value and vaultKey is needed",
    ],
    [
      "neither value nor secret",
      change("ConfigurationGroup", "configurations.0.values.0.value", undefined),
      "exactly one of value and vaultKey is needed",
    ],
  ])("refuses %s", async (_, object, message) => {
    await expect(client.create(object)).rejects.toMatchObject({
      status: 422,
      message: expect.stringContaining(message),
    });
  });

  test("are no obstacle to a client of the cluster's own kinds of the same names", async () => {
    const pods = await client.list({ apiVersion: "apps/v1", kind: "Deployment" });
    const ours = await client.list({ apiVersion: "core.choreo.dev/v1", kind: "Deployment" });
    expect([pods.items, ours.items.map(({ metadata }) => metadata.name)]).toEqual([[], ["full"]]);
  });
});
