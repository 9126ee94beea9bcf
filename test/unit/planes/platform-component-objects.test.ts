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
const FOLDER = { folder: "/src/own", image: "own:1", digest: "sha256:1" };

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

  test("run from the folder where there are no images", () => {
    const [, , deployment] = renderObjects(MANIFESTS, FOLDER);
    const { template } = (deployment?.["spec"] ?? {}) as { template: { metadata: object; spec: object } };
    expect(template.metadata).toEqual({
      annotations: { a: "b", "process.choreo.dev/dir.main": "/src/own", "process.choreo.dev/source": "sha256:1" },
    });
    expect(template.spec).toMatchObject({
      serviceAccountName: "own",
      containers: [{ image: "own:1" }, { image: "nginx" }],
    });
  });

  test("know what has to be ready, and whether anything of them runs what is built", () => {
    expect(readyRefs(renderObjects(MANIFESTS, FOLDER))).toEqual([
      { apiVersion: "apps/v1", kind: "Deployment", name: "own", namespace: "elsewhere" },
    ]);
    expect(takesImage(MANIFESTS)).toBe(true);
    expect(takesImage(MANIFESTS.slice(0, 2))).toBe(false);
  });
});
