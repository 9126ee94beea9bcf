import { describe, expect, test } from "vitest";
import type { AnyObject } from "../../../src/k8s/types.ts";
import { readyRefs, renderObjects, takesImage } from "../../../src/planes/platform-component-objects.ts";

const IMAGE = "${image}";
const pod = {
  serviceAccountName: "own",
  containers: [
    { name: "main", image: IMAGE },
    { name: "side", image: "nginx" },
  ],
};
const MANIFESTS: AnyObject[] = [
  { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name: "own" } },
  { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "own" } },
  {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "own", namespace: "elsewhere" },
    spec: { template: { metadata: { annotations: { a: "b" } }, spec: pod } },
  },
  {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name: "own" },
    spec: { jobTemplate: { spec: { template: { spec: pod } } } },
  },
];
const FOLDER = { folder: "/src/own", image: "own:1", digest: "sha256:1", server: "https://127.0.0.1:6443" };

describe("the objects of a platform component", () => {
  test("are in the platform's namespace, unless they say otherwise or have none", () => {
    const namespaces = renderObjects(MANIFESTS, { image: "r/own@sha256:1" }).map(({ metadata }) => metadata.namespace);
    expect(namespaces).toEqual([undefined, "choreo-system", "elsewhere", "choreo-system"]);
  });

  test("run the image that was built, wherever a kind has its containers", () => {
    const [, , deployment, cronJob] = renderObjects(MANIFESTS, { image: "r/own@sha256:1" });
    const built = {
      ...pod,
      containers: [
        { name: "main", image: "r/own@sha256:1", terminationMessagePolicy: "FallbackToLogsOnError" },
        { name: "side", image: "nginx" },
      ],
    };
    expect(deployment?.spec).toEqual({ template: { metadata: { annotations: { a: "b" } }, spec: built } });
    expect(cronJob?.spec).toMatchObject({ jobTemplate: { spec: { template: { spec: built } } } });
  });

  test("run from the folder where there are no images, with the account and the API server of a pod", () => {
    const [, , deployment] = renderObjects(MANIFESTS, FOLDER);
    const { template } = (deployment?.["spec"] ?? {}) as {
      template: { metadata: object; spec: { containers: object[]; volumes: object[] } };
    };
    expect(template.metadata).toEqual({
      annotations: { a: "b", "process.choreo.dev/dir.main": "/src/own", "process.choreo.dev/source": "sha256:1" },
    });
    expect(template.spec.containers[0]).toMatchObject({
      image: "own:1",
      env: expect.arrayContaining([{ name: "KUBERNETES_SERVICE_PORT", value: "6443" }]),
      volumeMounts: [{ mountPath: "/var/run/secrets/kubernetes.io/serviceaccount" }],
    });
    expect(template.spec.volumes).toHaveLength(1);
  });

  test("know what has to be ready, and whether anything of them runs what is built", () => {
    expect(readyRefs(renderObjects(MANIFESTS, FOLDER))).toEqual([
      { apiVersion: "apps/v1", kind: "Deployment", name: "own", namespace: "elsewhere" },
    ]);
    expect(takesImage(MANIFESTS)).toBe(true);
    expect(takesImage(MANIFESTS.slice(0, 2))).toBe(false);
  });
});
