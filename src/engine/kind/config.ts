import { readFile } from "node:fs/promises";
import path from "node:path";
import { parse, stringify } from "yaml";
import { packageRoot } from "../../lib/package-root.ts";
import type { ClusterSpec } from "../../plan/clusters.ts";

export interface KindConfigFacts {
  /** Platform id, put on the node so that its owner can be told from inside the cluster too. */
  readonly platformId: string;
  /** Host folder mounted into data nodes; undefined where the Docker daemon cannot see this machine's files. */
  readonly syncDir: string | undefined;
}

/** The part of kind's `v1alpha4` configuration that the templates in `clusters/kind/` use. */
interface KindConfig {
  kind: "Cluster";
  apiVersion: string;
  nodes: [KindNode];
  networking?: Record<string, unknown>;
}

interface KindNode {
  role: string;
  labels?: Record<string, string>;
  extraMounts?: { hostPath: string; containerPath: string; readOnly?: boolean }[];
  extraPortMappings?: { containerPort: number; hostPort: number; listenAddress: string; protocol: string }[];
  kubeadmConfigPatches?: string[];
}

/** kind's configuration of a cluster: the templates of the planes it hosts laid over each other, plus what is its own. */
export const kindConfig = async (spec: ClusterSpec, facts: KindConfigFacts): Promise<string> => {
  const roles = [...new Set(spec.planes.map(({ role }) => role))];
  const templates = await Promise.all(["common", ...roles].map(readTemplate));
  const nodes = templates.map((template) => template.nodes[0]);
  const labels = {
    ...Object.assign({}, ...nodes.map((node) => node.labels ?? {})),
    "choreo.dev/platform": spec.platform,
    "choreo.dev/platform-id": facts.platformId,
  };
  const mounts = nodes.flatMap((node) => node.extraMounts ?? []).flatMap((mount) => fillMount(mount, facts.syncDir));
  const config: KindConfig = {
    kind: "Cluster",
    apiVersion: "kind.x-k8s.io/v1alpha4",
    networking: {
      // 127.0.0.1 only: nothing of a platform is reachable from another machine.
      apiServerAddress: "127.0.0.1",
      podSubnet: spec.podSubnet,
      serviceSubnet: spec.serviceSubnet,
      disableDefaultCNI: spec.cniFromAddon,
    },
    nodes: [
      {
        role: "control-plane",
        labels,
        extraMounts: mounts,
        extraPortMappings: spec.ports.map(({ hostPort, nodePort }) => ({
          containerPort: nodePort,
          hostPort,
          listenAddress: "127.0.0.1",
          protocol: "TCP",
        })),
        kubeadmConfigPatches: nodes.flatMap((node) => node.kubeadmConfigPatches ?? []),
      },
    ],
  };
  return stringify(config);
};

const readTemplate = async (name: string): Promise<KindConfig> =>
  parse(await readFile(path.join(packageRoot(), "clusters", "kind", `${name}.yaml`), "utf8")) as KindConfig;

const fillMount = (
  mount: NonNullable<KindNode["extraMounts"]>[number],
  syncDir: string | undefined,
): NonNullable<KindNode["extraMounts"]> => {
  if (mount.hostPath !== "${SYNC_DIR}") return [mount];
  return syncDir === undefined ? [] : [{ ...mount, hostPath: syncDir }];
};
