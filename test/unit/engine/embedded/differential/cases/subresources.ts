import { type Case, type Step, apply, get, mergePatch, post, put } from "../case.ts";
import { deployment } from "./patch.ts";

const one = (id: string, ...steps: Step[]): Case => ({ id: `sub-${id}`, steps });
const path = "/apis/apps/v1/namespaces/{ns}/deployments";
const made = post(path, deployment("d", undefined, { replicas: 2 }), { keep: { rv: "metadata.resourceVersion" } });
const pods = "/api/v1/namespaces/{ns}/pods";
const pod = post(pods, {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "p" },
  spec: { automountServiceAccountToken: false, containers: [{ name: "c", image: "i" }] },
});
const accounts = "/api/v1/namespaces/{ns}/serviceaccounts";

/** Status, scale and the subresources of pods and accounts. */
export const subresourceCases: readonly Case[] = [
  one("status-get", made, get(`${path}/d/status`)),
  one("status-patch", made, mergePatch(`${path}/d/status`, { status: { replicas: 2, observedGeneration: 1 } })),
  one("status-ignores-spec", made, mergePatch(`${path}/d/status`, { spec: { replicas: 9 }, status: { replicas: 1 } })),
  one("main-ignores-status", made, mergePatch(`${path}/d`, { status: { replicas: 7 } })),
  one(
    "status-put",
    made,
    put(`${path}/d/status`, { ...deployment("d", undefined, { replicas: 9 }), status: { replicas: 2 } }),
  ),
  one(
    "status-labels",
    made,
    mergePatch(`${path}/d/status`, { metadata: { labels: { a: "b" } }, status: { replicas: 2 } }),
  ),
  one(
    "status-manager",
    made,
    mergePatch(`${path}/d/status?fieldManager=me`, { status: { replicas: 2 } }),
    mergePatch(`${path}/d?fieldManager=me`, { spec: { replicas: 3 } }),
  ),
  one(
    "status-apply",
    made,
    apply(
      `${path}/d/status`,
      { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "d" }, status: { replicas: 2 } },
      "me",
    ),
  ),
  one("scale-get", made, get(`${path}/d/scale`)),
  one("scale-patch", made, mergePatch(`${path}/d/scale`, { spec: { replicas: 5 } }), get(`${path}/d`)),
  one(
    "scale-put",
    made,
    put(`${path}/d/scale`, {
      apiVersion: "autoscaling/v1",
      kind: "Scale",
      metadata: { name: "d", namespace: "{ns}" },
      spec: { replicas: 4 },
    }),
  ),
  one("scale-negative", made, mergePatch(`${path}/d/scale`, { spec: { replicas: -4 } })),
  one(
    "scale-old-version",
    made,
    mergePatch(`${path}/d`, { spec: { replicas: 3 } }),
    put(`${path}/d/scale`, {
      apiVersion: "autoscaling/v1",
      kind: "Scale",
      metadata: { name: "d", namespace: "{ns}", resourceVersion: "{rv}" },
      spec: { replicas: 4 },
    }),
  ),
  one("unknown", made, get(`${path}/d/frob`)),
  one("config-map-status", get("/api/v1/namespaces/{ns}/configmaps/a/status")),
  one(
    "binding",
    pod,
    post(`${pods}/p/binding`, {
      apiVersion: "v1",
      kind: "Binding",
      metadata: { name: "p" },
      target: { apiVersion: "v1", kind: "Node", name: "n" },
    }),
    get(`${pods}/p`),
    post(`${pods}/p/binding`, {
      apiVersion: "v1",
      kind: "Binding",
      metadata: { name: "p" },
      target: { apiVersion: "v1", kind: "Node", name: "m" },
    }),
  ),
  one(
    "pod-status",
    pod,
    mergePatch(`${pods}/p/status`, { status: { phase: "Running", podIP: "192.0.2.4", podIPs: [{ ip: "192.0.2.4" }] } }),
  ),
  one(
    "eviction",
    pod,
    post(`${pods}/p/eviction`, { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: "p" } }),
    get(`${pods}/p`),
  ),
  one("log-unscheduled", pod, get(`${pods}/p/log?container=nix`)),
  one("log-missing", get(`${pods}/nix/log`)),
  one(
    "token",
    post(accounts, { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "s" } }),
    post(`${accounts}/s/token`, {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: { expirationSeconds: 3600 },
    }),
  ),
  one(
    "token-too-short",
    post(accounts, { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "s" } }),
    post(`${accounts}/s/token`, {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: { expirationSeconds: 1 },
    }),
  ),
  one(
    "namespace-finalize",
    post("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "{ns}-f" } }),
    put("/api/v1/namespaces/{ns}-f/finalize", {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "{ns}-f" },
      spec: { finalizers: [] },
    }),
  ),
  one(
    "self-access-review",
    post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectAccessReview",
      spec: { resourceAttributes: { verb: "get", resource: "pods" } },
    }),
  ),
];
