import type Docker from "dockerode";
import { ChoreoError, messageOf } from "../../lib/errors.ts";
import { CA_FOLDER } from "./extra-cas.ts";
import { execInNode } from "./node-io.ts";
import type { Node } from "./nodes.ts";

/**
 * Pins the node to the address it was given, so that it has the same one after Docker was restarted in whatever order.
 * Docker does this for a running container by taking it off the network and back on, which renames its interface: it
 * has to happen before a CNI looks at the interfaces.
 */
export const pinAddress = async (docker: Docker, node: Node, network: string): Promise<void> => {
  if (node.address === undefined) return;
  try {
    const facts = await docker.getContainer(node.id).inspect();
    const known = (facts.NetworkSettings.Networks[network]?.Aliases ?? []) as string[];
    const aliases = known.filter((alias) => alias !== node.id.slice(0, 12));
    await docker.getNetwork(network).disconnect({ Container: node.id, Force: false });
    await docker.getNetwork(network).connect({
      Container: node.id,
      EndpointConfig: { IPAMConfig: { IPv4Address: node.address }, Aliases: aliases },
    });
  } catch (error) {
    throw new ChoreoError("E_DOCKER", `The address of node ${node.name} could not be pinned`, {
      why: messageOf(error),
      cause: error,
    });
  }
};

export const removeNodeFiles = async (docker: Docker, id: string, paths: readonly string[]): Promise<void> => {
  if (paths.length === 0) return;
  const { code, stderr } = await execInNode(docker, id, ["rm", "-f", "--", ...paths]);
  if (code !== 0)
    throw new ChoreoError("E_DOCKER", "Old settings could not be taken out of the node", { why: stderr.trim() });
};

/** Rebuilds the node's trust store when CAs changed; containerd reads it once, when it starts. */
export const trustExtraCAs = async (docker: Docker, id: string, changed: readonly string[]): Promise<void> => {
  if (!changed.some((path) => path.startsWith(CA_FOLDER))) return;
  for (const argv of [
    ["update-ca-certificates", "--fresh"],
    ["systemctl", "restart", "containerd"],
  ]) {
    const { code, stderr } = await execInNode(docker, id, argv);
    if (code !== 0) {
      throw new ChoreoError("E_CLUSTER_CREATE", "The node does not take the extra CAs", {
        why: stderr.trim() || `${argv[0]} ended with ${code}`,
      });
    }
  }
};
