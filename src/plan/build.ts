import type { Platform } from "../config/model.ts";
import { findRefusals, recreateReason } from "./changes.ts";
import type { ClusterSpec } from "./clusters.ts";
import type { Observed, Wanted } from "./observed.ts";
import type { Plan, Step } from "./step.ts";

export interface PlanInput {
  readonly platform: Platform;
  readonly clusters: readonly ClusterSpec[];
  readonly wanted: Wanted;
  readonly observed: Observed;
  /** Planes the user allowed to be made again (`--recreate`). */
  readonly recreate: readonly string[];
}

/**
 * Desired + observed → the steps that are missing, with why. Pure: the same input gives the same plan, and a platform
 * that is as wanted gives an empty one.
 */
export const planUp = (input: PlanInput): Plan => {
  const refusals = findRefusals(input);
  const steps = [
    ...networkSteps(input),
    ...clusterSteps(input),
    ...imageSteps(input),
    ...crdSteps(input),
    ...addonSteps(input),
    ...controllerSteps(input),
    ...registerSteps(input),
    ...manifestSteps(input),
    ...removeAddonSteps(input),
    ...removeSteps(input),
  ];
  return { platform: input.platform.name, steps, refusals };
};

const step = (fields: Omit<Step, "subject" | "change" | "needs"> & Partial<Step>): Step => ({
  subject: "",
  change: "create",
  needs: [],
  ...fields,
});

const networkSteps = ({ observed, platform }: PlanInput): Step[] => {
  const steps: Step[] = [];
  if (observed.network === "missing") {
    steps.push(
      step({ id: "network", kind: "network", group: "network", subject: platform.name, reason: "there is none" }),
    );
  }
  if (observed.registry !== "ok") {
    const reasons = { missing: "there is none", drifted: "it is not as configured", stopped: "it is stopped" };
    const change = observed.registry === "missing" ? "create" : "in-place";
    const reason = reasons[observed.registry];
    steps.push(step({ id: "registry", kind: "registry", group: "registry", reason, change, needs: ["network"] }));
  }
  return steps;
};

/** A cluster counts as new when nothing in it can be relied on: everything of it is planned again. */
const isNew = (input: PlanInput, name: string): boolean =>
  input.observed.clusters.find((cluster) => cluster.name === name) === undefined || mustRecreate(input, name);

const mustRecreate = (input: PlanInput, name: string): boolean => {
  const found = input.observed.clusters.find((cluster) => cluster.name === name);
  const spec = input.clusters.find((cluster) => cluster.name === name);
  if (found === undefined || spec === undefined) return false;
  if (found.state === "half-made") return true;
  return spec.planes.some((plane) => input.recreate.includes(plane.name));
};

const clusterSteps = (input: PlanInput): Step[] =>
  input.clusters.flatMap((spec): Step[] => {
    const found = input.observed.clusters.find((cluster) => cluster.name === spec.name);
    const base = {
      id: `cluster/${spec.name}`,
      kind: "cluster",
      group: "clusters",
      subject: spec.name,
      cluster: spec.name,
    } as const;
    const needs = ["network"];
    if (found === undefined) {
      const first = input.observed.clusters.length === 0;
      return [step({ ...base, reason: "it does not exist", change: first ? "create" : "add", needs })];
    }
    if (found.state === "half-made") {
      return [
        step({
          ...base,
          reason: "an earlier run left it half made",
          change: "recreate",
          loses: "nothing: it never worked",
          needs,
        }),
      ];
    }
    if (mustRecreate(input, spec.name)) {
      const reason = recreateReason(input, spec, found) ?? "asked for with --recreate";
      return [step({ ...base, reason, change: "recreate", loses: lossOf(spec), needs })];
    }
    if (found.state === "stopped") return [step({ ...base, reason: "it is stopped", change: "in-place", needs })];
    const why =
      input.observed.unreachable[spec.name] ??
      (found.settings?.files === input.wanted.nodes.files ? undefined : "its registries or CAs changed");
    return why === undefined ? [] : [step({ ...base, reason: why, change: "in-place", needs })];
  });

const lossOf = (spec: ClusterSpec): string =>
  spec.planes.some(({ role }) => role === "control")
    ? "all resources of the control plane that are not in choreo-dev.yaml, and everything deployed"
    : `everything that runs in ${spec.planes.map(({ name }) => name).join(", ")}; the controller deploys it again`;

const imageSteps = (input: PlanInput): Step[] =>
  input.clusters.flatMap((spec): Step[] => {
    const wanted = input.wanted.images[spec.name] ?? [];
    const missing = isNew(input, spec.name) ? wanted : (input.observed.missingImages[spec.name] ?? []);
    if (missing.length === 0) return [];
    return [
      step({
        id: `images/${spec.name}`,
        kind: "images",
        group: "images",
        subject: spec.name,
        cluster: spec.name,
        reason: `${missing.length} of ${wanted.length} images are not in the node`,
        change: isNew(input, spec.name) ? "create" : "in-place",
        // Not the cluster: blobs stream into the node while it boots.
        needs: ["registry", "network"],
      }),
    ];
  });

const controlCluster = (input: PlanInput): string =>
  input.clusters.find((spec) => spec.planes.some(({ role }) => role === "control"))?.name ?? input.platform.name;

const crdSteps = (input: PlanInput): Step[] => {
  const control = controlCluster(input);
  const { crdsHash } = input.observed;
  if (!isNew(input, control) && crdsHash === input.wanted.crdsHash) return [];
  const reason = isNew(input, control) || crdsHash === undefined ? "not installed" : "made by another version";
  const change = reason === "not installed" ? "create" : "in-place";
  return [
    step({
      id: "crds",
      kind: "crds",
      group: "control plane",
      subject: "CRDs",
      reason,
      change,
      needs: [`cluster/${control}`, "registry"],
      cluster: control,
    }),
  ];
};

const addonSteps = (input: PlanInput): Step[] =>
  input.wanted.addons.flatMap((addon): Step[] => {
    const fresh = isNew(input, addon.cluster);
    const installed = fresh ? undefined : input.observed.addons[addon.cluster]?.find(({ name }) => name === addon.name);
    if (installed?.hash === addon.hash && installed.ready) return [];
    const reason =
      installed === undefined
        ? "not installed"
        : installed.version !== addon.version
          ? `version ${installed.version} → ${addon.version}`
          : installed.hash === addon.hash
            ? "not ready"
            : "its settings changed";
    const needs = [
      `cluster/${addon.cluster}`,
      `images/${addon.cluster}`,
      ...addon.needs.map((need) => `addon/${need}@${addon.cluster}`),
      ...(addon.isBuilt === true ? ["registry", "crds"] : []),
    ];
    const subject = input.clusters.length === 1 ? "" : addon.cluster;
    return [
      step({
        id: `addon/${addon.name}@${addon.cluster}`,
        kind: "addon",
        group: `${addon.name} ${addon.version}`,
        subject,
        addon: addon.name,
        cluster: addon.cluster,
        reason,
        change: installed === undefined ? "create" : "in-place",
        needs,
      }),
    ];
  });

const controllerSteps = (input: PlanInput): Step[] => {
  const control = controlCluster(input);
  // The controller holds connections to the control plane: made again, it has to connect again.
  const reason = isNew(input, control) ? "not running" : controllerReason(input);
  if (reason === undefined) return [];
  return [
    step({
      id: "controller",
      kind: "controller",
      group: "control plane",
      subject: "controller",
      reason,
      change: reason === "not running" ? "create" : "in-place",
      needs: ["crds", `cluster/${control}`, "registry"],
    }),
  ];
};

const controllerReason = ({ observed, wanted }: PlanInput): string | undefined => {
  if (observed.controller === "down") return "not running";
  if (observed.controller === "outdated") return "started by another version";
  return observed.controllerSettings === wanted.controllerSettings ? undefined : "its settings changed";
};

const registerSteps = (input: PlanInput): Step[] =>
  input.clusters.flatMap((spec) =>
    spec.planes.flatMap((plane): Step[] => {
      if (plane.role === "control") return [];
      const wanted = input.wanted.registrations[plane.name];
      const fresh = isNew(input, spec.name) || isNew(input, controlCluster(input));
      const found = fresh ? undefined : input.observed.registered[plane.name];
      if (found !== undefined && found.hash === wanted && found.ready) return [];
      const reason =
        found === undefined
          ? "not registered"
          : found.hash === wanted
            ? "the controller does not reach it"
            : "its settings changed";
      return [
        step({
          id: `register/${plane.name}`,
          kind: "register",
          group: "planes",
          subject: plane.name,
          plane,
          cluster: spec.name,
          reason,
          change: found === undefined ? "create" : "in-place",
          needs: ["crds", "controller", `cluster/${spec.name}`],
        }),
      ];
    }),
  );

const manifestSteps = (input: PlanInput): Step[] => {
  const fresh = isNew(input, controlCluster(input));
  const registers = input.clusters.flatMap((spec) => spec.planes.map((plane) => `register/${plane.name}`));
  const addons = input.wanted.addons.map((addon) => `addon/${addon.name}@${addon.cluster}`);
  return input.wanted.manifests.flatMap((manifest): Step[] => {
    const found = fresh ? undefined : input.observed.applied[manifest.id];
    if (found === manifest.hash) return [];
    const isDefaults = manifest.id === "defaults";
    const kind = isDefaults ? "defaults" : manifest.id.startsWith("component/") ? "components" : "resources";
    return [
      step({
        id: manifest.id,
        kind,
        group: kind === "components" ? "components" : "resources",
        subject: manifest.title,
        reason: found === undefined ? "not applied" : "its files changed",
        change: found === undefined ? "create" : "in-place",
        needs: isDefaults
          ? ["crds", "controller"]
          : ["defaults", ...registers, ...(kind === "components" ? addons : [])],
      }),
    ];
  });
};

const removeAddonSteps = (input: PlanInput): Step[] =>
  input.clusters.flatMap((spec): Step[] => {
    if (isNew(input, spec.name)) return [];
    const wanted = input.wanted.addons.filter(({ cluster }) => cluster === spec.name).map(({ name }) => name);
    return (input.observed.addons[spec.name] ?? [])
      .filter(({ name }) => !wanted.includes(name))
      .map(({ name, version }) =>
        step({
          id: `remove-addon/${name}@${spec.name}`,
          kind: "remove-addon",
          group: `${name} ${version}`,
          subject: input.clusters.length === 1 ? "" : spec.name,
          addon: name,
          cluster: spec.name,
          reason: "it is not in the configuration any more",
          change: "remove",
          loses: `what ${name} runs; its definitions and their resources stay`,
          needs: [`cluster/${spec.name}`],
        }),
      );
  });

const removeSteps = (input: PlanInput): Step[] => {
  const wanted = new Set(input.clusters.map(({ name }) => name));
  const removable = input.observed.leftoverPlanes.filter(({ environments }) => environments.length === 0);
  return input.observed.clusters.flatMap((cluster): Step[] => {
    const plane = removable.find(({ name }) => cluster.name === `${input.platform.name}-${name}`);
    if (wanted.has(cluster.name) || plane === undefined) return [];
    return [
      step({
        id: `remove/${cluster.name}`,
        kind: "remove-cluster",
        group: "clusters",
        subject: cluster.name,
        cluster: cluster.name,
        plane: { name: plane.name, role: "data" },
        reason: "its plane is not in the configuration any more",
        change: "remove",
        loses: `cluster ${cluster.name}; no environment is placed there`,
        needs: ["controller"],
      }),
    ];
  });
};
