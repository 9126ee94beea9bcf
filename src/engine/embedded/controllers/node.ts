import os from "node:os";
import type { KubeObject } from "../../../k8s/types.ts";
import { isConflict } from "../../../k8s/errors.ts";
import { messageOf } from "../../../lib/errors.ts";
import type { Controller, ControllerContext } from "./context.ts";
import { LEASE, NODE, type Node } from "./kinds.ts";
import { createLoop } from "./loop.ts";
import { refOf } from "./owners.ts";
import { conditionOf, difference, timestamp, writeStatus } from "./status.ts";

export interface NodeOptions {
  readonly nodeName: string;
  /** Of this product. */
  readonly version: string;
  /** Where its pods' addresses are from. */
  readonly podCIDR?: string | undefined;
}

/** Names in Kubernetes' words. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386" };
const SYSTEMS: Readonly<Record<string, string>> = { win32: "windows" };
const LEASE_NAMESPACE = "kube-node-lease";
const LEASE_SECONDS = 40;
const HEARTBEAT_MS = 10_000;

/** Keeps one node in the cluster, which stands for this machine, and its lease fresh. */
export const createNodeController = (context: ControllerContext, options: NodeOptions): Controller => {
  const name = "node-registration";
  const { log, signal, clock } = context;
  const nodes = context.informers.of<Node>(NODE);
  const loop = createLoop({
    ...context,
    name,
    workers: 1,
    reconcile: async () => {
      await register(context, options, nodes.get(undefined, options.nodeName));
      return undefined;
    },
  });
  nodes.subscribe((before, after) => {
    if (before?.metadata.name === options.nodeName || after?.metadata.name === options.nodeName) loop.add("node");
  });
  const beat = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        await renewLease(context, options.nodeName);
      } catch (error) {
        if (!signal.aborted) log("warn", `${name}: the lease was not renewed: ${messageOf(error)}`);
      }
      await clock.sleep(HEARTBEAT_MS, signal).catch(() => undefined);
    }
  };
  return {
    name,
    run: async () => {
      loop.add("node");
      await Promise.all([loop.run(), beat()]);
    },
  };
};

const register = async (context: ControllerContext, options: NodeOptions, seen: Node | undefined): Promise<void> => {
  const { client, clock } = context;
  const wanted = nodeOf(options);
  const node = seen ?? (await createNode(context, wanted));
  const labels = difference({ ...node.metadata.labels }, { ...node.metadata.labels, ...wanted.metadata.labels });
  // The server marks new nodes as not ready, for whoever watches over them to take back.
  const taints = (node.spec?.taints ?? []).filter(
    ({ key }) => !/^node\.kubernetes\.io\/(not-ready|unreachable)$/.test(key),
  );
  const spec = taints.length === (node.spec?.taints ?? []).length ? undefined : { taints };
  const patch = { ...(labels && { metadata: { labels } }), ...(spec && { spec }) };
  const isRight = labels === undefined && spec === undefined;
  const current = isRight ? node : await client.mergePatch<Node>(refOf(node), patch);
  const status = await statusOf(context, options, current, timestamp(clock.now()));
  await writeStatus(client, current, status);
};

const createNode = async ({ client, events }: ControllerContext, wanted: Node): Promise<Node> => {
  try {
    const node = await client.create(wanted);
    events.from("node-registration")(node, "Normal", "Starting", `Registered node ${node.metadata.name}`);
    return node;
  } catch (error) {
    const found = isConflict(error) ? await client.get<Node>(refOf(wanted)) : undefined;
    if (found === undefined) throw error;
    return found;
  }
};

const nodeOf = ({ nodeName, podCIDR }: NodeOptions): Node => {
  const platform = { os: SYSTEMS[os.platform()] ?? os.platform(), arch: ARCHITECTURES[os.arch()] ?? os.arch() };
  return {
    ...NODE,
    metadata: {
      name: nodeName,
      labels: {
        "kubernetes.io/hostname": nodeName,
        "kubernetes.io/os": platform.os,
        "kubernetes.io/arch": platform.arch,
        "choreo.dev/runtime": "process",
      },
    },
    ...(podCIDR === undefined ? {} : { spec: { podCIDR, podCIDRs: [podCIDR] } }),
  };
};

const statusOf = async (
  { client }: ControllerContext,
  { nodeName, version }: NodeOptions,
  node: Node,
  now: string,
): Promise<object> => {
  const resources = { cpu: String(os.cpus().length), memory: `${Math.floor(os.totalmem() / 1024)}Ki`, pods: "1000" };
  const { gitVersion } = await client.version();
  const { labels = {} } = node.metadata;
  return {
    ...node.status,
    capacity: resources,
    allocatable: resources,
    addresses: [
      { type: "InternalIP", address: "127.0.0.1" },
      { type: "Hostname", address: nodeName },
    ],
    conditions: conditionsOf(node, now),
    nodeInfo: {
      machineID: "",
      systemUUID: "",
      bootID: "",
      kernelVersion: os.release(),
      osImage: os.version(),
      containerRuntimeVersion: `process://${version}`,
      kubeletVersion: gitVersion,
      kubeProxyVersion: "",
      operatingSystem: labels["kubernetes.io/os"],
      architecture: labels["kubernetes.io/arch"],
    },
  };
};

const CONDITIONS = [
  ["MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"],
  ["DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"],
  ["PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"],
  ["NetworkPolicyEnforced", "False", "NotEnforced", "network policies are stored and have no effect here"],
  ["Ready", "True", "KubeletReady", "processes of this machine run the pods"],
] as const;

/** A condition that says nothing new keeps its times: the lease shows that the node lives. */
const conditionsOf = ({ status }: Node, now: string): object[] =>
  CONDITIONS.map(([type, is, reason, message]) => {
    const before = conditionOf(status?.conditions, type);
    if (before?.status === is && before.reason === reason) return before;
    return { type, status: is, reason, message, lastHeartbeatTime: now, lastTransitionTime: now };
  });

const renewLease = async ({ client, clock }: ControllerContext, nodeName: string): Promise<void> => {
  const renewTime = `${new Date(clock.now()).toISOString().slice(0, -1)}000Z`;
  const ref = { ...LEASE, name: nodeName, namespace: LEASE_NAMESPACE };
  try {
    await client.mergePatch(ref, { spec: { renewTime } });
  } catch (error) {
    if ((await client.get(ref)) !== undefined) throw error;
    const node = await client.get({ ...NODE, name: nodeName });
    const owner = node?.metadata.uid;
    const ownerReferences = owner === undefined ? undefined : [{ ...NODE, name: nodeName, uid: owner }];
    await client.create<KubeObject & { spec: object }>({
      ...LEASE,
      metadata: { name: nodeName, namespace: LEASE_NAMESPACE, ...(ownerReferences && { ownerReferences }) },
      spec: { holderIdentity: nodeName, leaseDurationSeconds: LEASE_SECONDS, renewTime },
    });
  }
};
