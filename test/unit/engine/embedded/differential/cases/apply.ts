import { type Case, type RequestStep, apply, configMap, configMaps, get, mergePatch, post, put } from "../case.ts";
import { deployment } from "./patch.ts";

const path = `${configMaps}/a`;
const deployments = "/apis/apps/v1/namespaces/{ns}/deployments";
const gadgets = "/apis/differential.choreo.dev/v1/namespaces/{ns}/gadgets";
const one = (id: string, ...steps: RequestStep[]): Case => ({ id: `apply-${id}`, steps });
const gadget = (spec: object): object => ({
  apiVersion: "differential.choreo.dev/v1",
  kind: "Gadget",
  metadata: { name: "g" },
  spec,
});

/** Server-side apply: who owns what, who loses it, what conflicts. */
export const applyCases: readonly Case[] = [
  one("creates", apply(path, configMap("a", { k: "v" }), "me"), get(path)),
  one("same-again", apply(path, configMap("a", { k: "v" }), "me"), apply(path, configMap("a", { k: "v" }), "me")),
  one("change", apply(path, configMap("a", { k: "v" }), "me"), apply(path, configMap("a", { k: "w" }), "me")),
  one(
    "remove-key",
    apply(path, configMap("a", { k: "v", l: "w" }), "me"),
    apply(path, configMap("a", { k: "v" }), "me"),
  ),
  one("no-manager", { method: "PATCH", path, body: configMap("a"), type: "application/apply-patch+yaml" }),
  one("two-managers", apply(path, configMap("a", { k: "v" }), "me"), apply(path, configMap("a", { l: "w" }), "you")),
  one(
    "shared",
    apply(path, configMap("a", { k: "v" }), "me"),
    apply(path, configMap("a", { k: "v" }), "you"),
    apply(path, configMap("a", {}), "me"),
    apply(path, configMap("a", {}), "you"),
  ),
  one("conflict", apply(path, configMap("a", { k: "v" }), "me"), apply(path, configMap("a", { k: "w" }), "you")),
  one(
    "conflict-two-fields",
    apply(path, configMap("a", { k: "v", l: "v" }), "me"),
    apply(path, configMap("a", { k: "w", l: "w" }), "you"),
  ),
  one(
    "force",
    apply(path, configMap("a", { k: "v" }), "me"),
    apply(path, configMap("a", { k: "w" }), "you", "&force=true"),
  ),
  one("over-update", post(configMaps, configMap("a", { k: "v" })), apply(path, configMap("a", { k: "w" }), "me")),
  one(
    "over-update-force",
    post(configMaps, configMap("a", { k: "v" })),
    apply(path, configMap("a", { k: "w" }), "me", "&force=true"),
  ),
  one(
    "update-after",
    apply(path, configMap("a", { k: "v" }), "me"),
    put(`${path}?fieldManager=you`, configMap("a", { k: "w" })),
    apply(path, configMap("a", { k: "x" }), "me"),
  ),
  one(
    "patch-after",
    apply(path, configMap("a", { k: "v" }), "me"),
    mergePatch(`${path}?fieldManager=you`, { data: { l: "1" } }),
    apply(path, configMap("a", {}), "me"),
  ),
  one(
    "labels",
    apply(path, configMap("a", {}, { labels: { a: "1", b: "2" } }), "me"),
    apply(path, configMap("a", {}, { labels: { a: "1" } }), "me"),
  ),
  one(
    "finalizers",
    apply(path, configMap("a", {}, { finalizers: ["x.y/a"] }), "me"),
    apply(path, configMap("a", {}, { finalizers: ["x.y/b"] }), "you"),
  ),
  one("dry-run", apply(path, configMap("a", { k: "v" }), "me", "&dryRun=All"), get(path)),
  one("managed-fields-given", apply(path, configMap("a", {}, { managedFields: [{ manager: "x" }] }), "me")),
  one("other-name", apply(path, configMap("b"), "me")),
  one("yaml", {
    method: "PATCH",
    path: `${path}?fieldManager=me`,
    body: "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: v}\n",
    type: "application/apply-patch+yaml",
  }),
  one("strict", apply(path, { ...configMap("a"), nix: 1 }, "me", "&fieldValidation=Strict")),
  one("unknown", apply(path, { ...configMap("a"), nix: 1 }, "me")),
  one(
    "resource-version",
    apply(path, configMap("a"), "me"),
    apply(path, configMap("a", { k: "v" }, { resourceVersion: "1" }), "me"),
  ),
  one("uid-creates", apply(path, configMap("a", {}, { uid: "11111111-1111-4111-8111-111111111111" }), "me")),
  one(
    "deployment",
    apply(`${deployments}/d`, deployment("d"), "me"),
    apply(`${deployments}/d`, deployment("d", [{ name: "c", image: "i:2" }]), "me"),
  ),
  one(
    "deployment-env",
    apply(
      `${deployments}/d`,
      deployment("d", [
        {
          name: "c",
          image: "i",
          env: [
            { name: "A", value: "1" },
            { name: "B", value: "2" },
          ],
        },
      ]),
      "me",
    ),
    apply(`${deployments}/d`, deployment("d", [{ name: "c", image: "i", env: [{ name: "B", value: "2" }] }]), "me"),
  ),
  one(
    "deployment-container-of-two",
    apply(`${deployments}/d`, deployment("d", [{ name: "c", image: "i" }]), "me"),
    apply(
      `${deployments}/d`,
      { ...deployment("d", []), spec: { template: { spec: { containers: [{ name: "s", image: "s" }] } } } },
      "you",
    ),
  ),
  one(
    "deployment-duplicate",
    apply(
      `${deployments}/d`,
      deployment("d", [
        { name: "c", image: "i" },
        { name: "c", image: "j" },
      ]),
      "me",
    ),
  ),
  one(
    "deployment-replicas",
    post(deployments, deployment("d")),
    apply(`${deployments}/d`, deployment("d", undefined, { replicas: 2 }), "me", "&force=true"),
    mergePatch(`${deployments}/d?fieldManager=hpa`, { spec: { replicas: 5 } }),
    apply(`${deployments}/d`, deployment("d"), "me", "&force=true"),
  ),
  one(
    "custom",
    apply(`${gadgets}/g`, gadget({ size: "small", tags: ["a"], parts: [{ name: "x" }] }), "me"),
    apply(`${gadgets}/g`, gadget({ size: "small", tags: ["b"], parts: [{ name: "y", count: 2 }] }), "you"),
    apply(`${gadgets}/g`, gadget({ size: "small" }), "me"),
  ),
  one(
    "custom-free",
    apply(`${gadgets}/g`, gadget({ size: "small", free: { a: { b: 1 } } }), "me"),
    apply(`${gadgets}/g`, gadget({ size: "small", free: { a: { c: 2 } } }), "you"),
  ),
  one(
    "custom-status",
    apply(`${gadgets}/g`, gadget({ size: "small" }), "me"),
    apply(`${gadgets}/g/status`, { ...gadget({ size: "small" }), status: { note: "hi" } }, "you"),
  ),
  one("custom-invalid", apply(`${gadgets}/g`, gadget({ size: "huge" }), "me")),
  one(
    "kubectl-client-side",
    post(
      `${configMaps}?fieldManager=kubectl-client-side-apply`,
      configMap("a", { k: "v" }, { annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{}" } }),
    ),
    apply(path, configMap("a", { k: "w" }), "kubectl"),
  ),
];
