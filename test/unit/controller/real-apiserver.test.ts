import { existsSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hierarchyReconcilers } from "../../../src/controller/reconcilers/index.ts";
import { installCrds } from "../../../src/crds/install.ts";
import { CHOREO_API, CHOREO_KINDS } from "../../../src/crds/labels.ts";
import type { KubeClient } from "../../../src/k8s/client.ts";
import { connect } from "../../../src/k8s/connect.ts";
import type { AnyObject, Endpoint } from "../../../src/k8s/types.ts";
import { wholeOrganization } from "../../helpers/choreo-resources.ts";
import { startKubeApiserver } from "../../helpers/kube-apiserver.ts";
import { endNamespaces } from "../../helpers/namespace-controller.ts";
import {
  applyAll,
  conditionOf,
  holdingReconciler,
  randomName,
  runController,
} from "../../helpers/running-controller.ts";

const BINARIES = process.env["CHOREO_TEST_KUBE_BINARIES"] ?? "/var/cache/choreo-testbed/bin";
const hasBinaries = existsSync(path.join(BINARIES, "hyperkube")) && existsSync(path.join(BINARIES, "etcd"));
const SLOW = { timeout: 20_000, interval: 100 };

describe.skipIf(!hasBinaries)(`the controller on a real kube-apiserver (needs the binaries of ${BINARIES})`, () => {
  let stopServer: (() => Promise<void>) | undefined;
  let endpoint: Endpoint;
  let client: KubeClient;

  beforeAll(async () => {
    const server = await startKubeApiserver();
    endpoint = server.endpoint;
    stopServer = () => server.stop();
    client = connect(endpoint);
    await installCrds(client, { signal: AbortSignal.timeout(60_000), progress: () => undefined });
  });
  afterAll(async () => {
    client.close();
    await stopServer?.();
  });

  /** The same server is control plane, data plane and build plane. */
  const start = async (mayGo: () => boolean = () => true) => {
    endNamespaces(client);
    return await runController(client, {
      planes: { "https://plane.test": connect(endpoint) },
      reconcilers: [...hierarchyReconcilers, holdingReconciler("Deployment", mayGo)],
    });
  };

  const list = async (kind: string, namespace: string): Promise<AnyObject[]> =>
    (await client.list({ apiVersion: CHOREO_API, kind }, kind === "Organization" ? {} : { namespace })).items.filter(
      ({ metadata }) => kind !== "Organization" || metadata.name === namespace,
    );
  const only = async (kind: string, namespace: string): Promise<AnyObject | undefined> =>
    (await list(kind, namespace))[0];
  const leftovers = async (organization: string): Promise<string[]> =>
    (await Promise.all(CHOREO_KINDS.map((kind) => list(kind, organization))))
      .flat()
      .map(({ kind, metadata }) => `${kind} ${metadata.name}`);

  const settle = async (organization: string): Promise<void> => {
    await expect
      .poll(async () => conditionOf(await only("DeployableArtifact", organization), "Available"), SLOW)
      .toBe("True");
    await expect
      .poll(async () => (await only("Deployment", organization))?.metadata.finalizers, SLOW)
      .toEqual(["test/hold"]);
  };

  test("brings an organization to its goal in the order of need, not of arrival, and writes valid statuses", async () => {
    const organization = randomName("late");
    const controller = await start();
    const [first, ...rest] = wholeOrganization(organization, "https://plane.test");
    await applyAll(client, [first!, ...rest.reverse()]);
    await settle(organization);
    await expect.poll(async () => conditionOf(await only("DataPlane", organization), "Reachable"), SLOW).toBe("True");
    await expect
      .poll(async () => conditionOf(await only("BuildPlane", organization), "ArgoReady"), SLOW)
      .toContain("WorkflowCRDMissing");
    await expect.poll(async () => conditionOf(await only("Project", organization), "Valid"), SLOW).toBe("True");
    expect(await only("DataPlane", organization)).toMatchObject({
      status: { observedGeneration: 1, serverVersion: expect.stringMatching(/^v1\./) },
    });
    expect(controller.errors).toEqual([]);
  });

  test("deletes a whole organization and leaves nothing behind", async () => {
    const organization = randomName("cascade");
    await start();
    await applyAll(client, wholeOrganization(organization, "https://plane.test"));
    await settle(organization);
    const labels = { "organization-name": organization, "project-name": "shop", "environment-name": "dev" };
    const dataNamespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: `dp-${organization}`, labels } };
    await client.create(dataNamespace);
    await client.delete({ apiVersion: CHOREO_API, kind: "Organization", name: organization });
    await expect.poll(() => leftovers(organization), SLOW).toEqual([]);
    for (const name of [organization, `dp-${organization}`]) {
      await expect.poll(() => client.get({ apiVersion: "v1", kind: "Namespace", name }), SLOW).toBeUndefined();
    }
  });

  test("ends a deletion that another controller process began", async () => {
    const organization = randomName("restart");
    const first = await start(() => false);
    await applyAll(client, wholeOrganization(organization, "https://plane.test"));
    await settle(organization);
    await client.delete({ apiVersion: CHOREO_API, kind: "Organization", name: organization });
    await expect
      .poll(async () => conditionOf(await only("DeploymentTrack", organization), "Finalizing"), SLOW)
      .toBe("True");
    await first.stop();
    await start();
    await expect.poll(() => leftovers(organization), SLOW).toEqual([]);
  });

  test("follows a plane to another server when its credentials change", async () => {
    const organization = randomName("moved");
    await start();
    await applyAll(client, wholeOrganization(organization, "https://off.test"));
    await expect
      .poll(async () => conditionOf(await only("DataPlane", organization), "Reachable"), SLOW)
      .toContain("ConnectionFailed");
    await applyAll(client, wholeOrganization(organization, "https://plane.test"));
    await expect.poll(async () => conditionOf(await only("DataPlane", organization), "Reachable"), SLOW).toBe("True");
  });

  test("holds the lease as the API server stores it, and hands it over", async () => {
    const first = await runController(client, { leaderElection: { identity: "first" } });
    await first.ready;
    const second = await runController(client, { leaderElection: { identity: "second" } });
    await first.stop();
    await second.ready;
    const lease = await client.get({
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      namespace: "choreo-system",
      name: "43500532.choreo.dev",
    });
    expect(lease).toMatchObject({ spec: { holderIdentity: "second", leaseTransitions: 2 } });
  });

  test("writes one event for one fact", async () => {
    const organization = randomName("event");
    await start();
    await applyAll(client, wholeOrganization(organization, "https://plane.test"));
    const about = async (): Promise<unknown[]> =>
      (
        await client.list(
          { apiVersion: "v1", kind: "Event" },
          { namespace: "default", fieldSelector: `involvedObject.name=${organization}` },
        )
      ).items.map((event) => [event["reason"], event["count"]]);
    await expect.poll(about, SLOW).toEqual([["ReconcileComplete", 1]]);
  });
});
