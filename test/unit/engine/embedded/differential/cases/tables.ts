import { type Case, type Step, configMap, get, mergePatch, post } from "../case.ts";
import { deployment } from "./patch.ts";

const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
const one = (id: string, ...steps: Step[]): Case => ({ id: `table-${id}`, steps });
const table = (path: string): Step => get(path, { accept: TABLE });
const core = (plural: string): string => `/api/v1/namespaces/{ns}/${plural}`;
const apps = (plural: string): string => `/apis/apps/v1/namespaces/{ns}/${plural}`;
const pod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "p" },
  spec: { automountServiceAccountToken: false, containers: [{ name: "c", image: "i" }] },
};

/** What `kubectl get` prints. */
export const tableCases: readonly Case[] = [
  one("config-map", post(core("configmaps"), configMap("a", { k: "v" })), table(`${core("configmaps")}/a`)),
  one(
    "include-object",
    post(core("configmaps"), configMap("a", { k: "v" })),
    table(`${core("configmaps")}/a?includeObject=Object`),
    table(`${core("configmaps")}/a?includeObject=None`),
  ),
  one("pods", post(core("pods"), pod), table(core("pods"))),
  one(
    "pod-running",
    post(core("pods"), pod),
    mergePatch(`${core("pods")}/p/status`, {
      status: {
        phase: "Running",
        containerStatuses: [
          { name: "c", ready: true, restartCount: 2, image: "i", imageID: "", state: { running: {} } },
        ],
        conditions: [{ type: "Ready", status: "True" }],
      },
    }),
    table(core("pods")),
  ),
  one(
    "pod-waiting",
    post(core("pods"), pod),
    mergePatch(`${core("pods")}/p/status`, {
      status: {
        phase: "Pending",
        containerStatuses: [
          {
            name: "c",
            ready: false,
            restartCount: 0,
            image: "i",
            imageID: "",
            state: { waiting: { reason: "ImagePullBackOff" } },
          },
        ],
      },
    }),
    table(core("pods")),
  ),
  one("deployments", post(apps("deployments"), deployment("d")), table(apps("deployments"))),
  one(
    "services",
    post(core("services"), {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "s" },
      spec: {
        selector: { app: "x" },
        ports: [
          { name: "a", port: 80 },
          { name: "b", port: 81, protocol: "UDP" },
        ],
      },
    }),
    table(core("services")),
  ),
  one(
    "secrets",
    post(core("secrets"), { apiVersion: "v1", kind: "Secret", metadata: { name: "s" }, stringData: { a: "b" } }),
    table(`${core("secrets")}/s`),
  ),
  one(
    "jobs",
    post("/apis/batch/v1/namespaces/{ns}/jobs", {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "j" },
      spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } } },
    }),
    table("/apis/batch/v1/namespaces/{ns}/jobs"),
  ),
  one(
    "gadgets",
    post("/apis/differential.choreo.dev/v1/namespaces/{ns}/gadgets", {
      apiVersion: "differential.choreo.dev/v1",
      kind: "Gadget",
      metadata: { name: "g" },
      spec: { size: "small" },
    }),
    table("/apis/differential.choreo.dev/v1/namespaces/{ns}/gadgets"),
  ),
  one("empty", table(apps("statefulsets"))),
  one("namespace", table("/api/v1/namespaces/{ns}")),
  one("only-table", get("/api/v1/namespaces/{ns}", { accept: "application/json;as=Table;v=v1beta9;g=meta.k8s.io" })),
  one("missing", table(`${core("configmaps")}/nix`)),
];
