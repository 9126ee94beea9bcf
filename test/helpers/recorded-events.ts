import type { Step } from "../../src/plan/step.ts";
import type { Event } from "../../src/run/events.ts";

const step = (id: string, group: string, subject: string, needs: readonly string[] = []): Step => ({
  id,
  kind: "cluster",
  group,
  subject,
  reason: "does not exist",
  change: "create",
  needs,
});

const STEPS: readonly Step[] = [
  step("cluster/shop-control", "clusters", "shop-control"),
  step("cluster/shop-build", "clusters", "shop-build"),
  step("addon/cilium@us-west-2", "cilium 1.20.2", "us-west-2", ["cluster/shop-control"]),
  step("images/shop-build", "images", "shop-build", ["cluster/shop-build"]),
];

const BEGAN = 1_800_000_000_000;

const OPENING: readonly Event[] = [
  {
    at: BEGAN,
    type: "platform",
    name: "shop",
    version: "0.1.0",
    config: "choreo-dev.yaml",
    engine: "kind",
    engineReason: "Docker answers",
  },
  { at: BEGAN, type: "plan", steps: STEPS },
  { at: BEGAN + 100, type: "step-start", step: "cluster/shop-control" },
  { at: BEGAN + 100, type: "step-start", step: "cluster/shop-build" },
  { at: BEGAN + 2000, type: "step-progress", step: "cluster/shop-build", message: "starting the control plane" },
  {
    at: BEGAN + 9000,
    type: "notice",
    level: "warn",
    message: "inotify watches are low",
    fix: "choreo-dev doctor --fix",
  },
  { at: BEGAN + 12_000, type: "step-progress", step: "cluster/shop-build", message: "waiting for the node" },
];

/** An `up` that works. */
export const SUCCESS: readonly Event[] = [
  ...OPENING,
  { at: BEGAN + 20_100, type: "step-done", step: "cluster/shop-control", ms: 20_000 },
  { at: BEGAN + 20_100, type: "step-start", step: "addon/cilium@us-west-2" },
  { at: BEGAN + 24_900, type: "step-done", step: "cluster/shop-build", ms: 24_800 },
  { at: BEGAN + 24_900, type: "step-start", step: "images/shop-build" },
  { at: BEGAN + 25_200, type: "step-done", step: "images/shop-build", ms: 300, detail: "14 of 14 already there" },
  { at: BEGAN + 31_300, type: "step-done", step: "addon/cilium@us-west-2", ms: 11_200 },
  {
    at: BEGAN + 31_300,
    type: "done",
    ms: 31_300,
    steps: 4,
    criticalPath: [
      { step: "cluster/shop-control", label: "clusters shop-control", ms: 20_000 },
      { step: "addon/cilium@us-west-2", label: "cilium 1.20.2 us-west-2", ms: 11_200 },
    ],
    urls: [
      { component: "catalog", environment: "development", url: "https://dev.choreoapis.localhost:8443/shop/catalog" },
    ],
  },
];

/** An `up` in which a cluster fails while another one is being made. */
export const FAILURE: readonly Event[] = [
  ...OPENING,
  {
    at: BEGAN + 15_000,
    type: "step-failed",
    step: "cluster/shop-build",
    ms: 14_900,
    error: { code: "E_CLUSTER_CREATE", message: "kind create failed" },
  },
  {
    at: BEGAN + 15_500,
    type: "step-failed",
    step: "cluster/shop-control",
    ms: 15_400,
    error: { code: "E_CLUSTER_CREATE", message: "kind create failed" },
  },
  { at: BEGAN + 15_500, type: "step-skipped", step: "addon/cilium@us-west-2", reason: "an earlier step failed" },
  { at: BEGAN + 15_500, type: "step-skipped", step: "images/shop-build", reason: "an earlier step failed" },
];
