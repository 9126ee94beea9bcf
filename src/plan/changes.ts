import type { PlanInput } from "./build.ts";
import { type ClusterSpec, type ObservedCluster, GATEWAY_NODE_PORT } from "./clusters.ts";
import type { Refusal } from "./step.ts";

/** Changes of a running platform that `up` does not make by itself, with the way that leads there. */
export const findRefusals = (input: PlanInput): Refusal[] => [
  ...topologyChange(input),
  ...nodeChanges(input),
  ...removedPlanes(input),
];

/** Why a node has to be made again to become what is wanted: what is fixed at creation. */
export const recreateReason = (input: PlanInput, spec: ClusterSpec, found: ObservedCluster): string | undefined => {
  const { nodeImage } = input.platform.kubernetes;
  // Only an image the user asked for counts: a newer default is no reason to lose a running platform.
  if (nodeImage !== undefined && found.nodeImage !== nodeImage) return `node image ${found.nodeImage} → ${nodeImage}`;
  const { settings } = found;
  if (settings !== undefined && settings.proxy !== input.wanted.nodes.proxy) return "another network.proxy";
  if (settings !== undefined && settings.cniFromAddon !== spec.cniFromAddon)
    return `addons.cilium.enabled: ${settings.cniFromAddon} → ${spec.cniFromAddon}`;
  const had = found.ports.find(({ nodePort }) => nodePort === GATEWAY_NODE_PORT)?.hostPort;
  const configured = configuredPort(input, spec);
  if (had !== undefined && configured !== undefined && had !== configured) return `gateway port ${had} → ${configured}`;
  return undefined;
};

const configuredPort = (input: PlanInput, spec: ClusterSpec): number | undefined =>
  input.platform.planes.data.find(({ name }) => spec.planes.some((plane) => plane.name === name))?.gateway.port;

const nodeChanges = (input: PlanInput): Refusal[] =>
  input.clusters.flatMap((spec): Refusal[] => {
    const found = input.observed.clusters.find(({ name }) => name === spec.name);
    if (found === undefined || found.state === "half-made") return [];
    if (spec.planes.some(({ name }) => input.recreate.includes(name))) return [];
    const reason = recreateReason(input, spec, found);
    if (reason === undefined) return [];
    const plane = spec.planes.find(({ role }) => role !== "control")?.name ?? "control";
    return [
      {
        field: `cluster ${spec.name}`,
        reason: `${reason} needs the node to be made again`,
        fix: `choreo-dev up --recreate ${plane}`,
      },
    ];
  });

const topologyChange = ({ platform, clusters, observed }: PlanInput): Refusal[] => {
  if (observed.clusters.length === 0) return [];
  const colocatedNow = observed.clusters.some(({ name }) => name === platform.name);
  const wantsColocated = platform.topology === "colocated";
  if (
    colocatedNow === wantsColocated ||
    clusters.some((spec) => observed.clusters.some(({ name }) => name === spec.name))
  )
    return [];
  const now = colocatedNow ? "colocated" : "multi-cluster";
  return [
    {
      field: "topology",
      reason: `the running platform is ${now}, the configuration says ${platform.topology}`,
      fix: "choreo-dev down, then choreo-dev up; or give the other topology a name of its own",
    },
  ];
};

const removedPlanes = ({ observed, platform }: PlanInput): Refusal[] =>
  observed.leftoverPlanes
    .filter(
      ({ name, environments }) => environments.length > 0 && !platform.planes.data.some((plane) => plane.name === name),
    )
    .map(({ name, environments }) => ({
      field: `planes.data ${name}`,
      reason: `it was removed, but ${environments.join(", ")} ${environments.length === 1 ? "is" : "are"} still placed there`,
      fix: `keep ${name}, name ${environments.join(", ")} in another plane's environments and run choreo-dev up; then remove ${name}`,
    }));
