import type Docker from "dockerode";
import { ChoreoError, messageOf } from "../../lib/errors.ts";
import type { Node } from "./nodes.ts";

/**
 * Pins the node to the address it was given, so that it has the same one after Docker was restarted in whatever order.
 * Docker does this for a running container by taking it off the network and back on, which renames its interface: it
 * has to happen before a CNI looks at the interfaces.
 */
export const prepareNode = async (docker: Docker, node: Node, network: string): Promise<void> => {
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
    throw new ChoreoError("E_DOCKER", `The address of node ${node.name} could not be pinned`, { why: messageOf(error), cause: error });
  }
};
