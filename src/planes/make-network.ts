import type Docker from "dockerode";
import { createNetwork, takenSubnets } from "../docker/network.ts";
import { hostRoutes } from "../docker/routes.ts";
import { isChoreoError } from "../lib/errors.ts";
import { allocateBlock, halves } from "../plan/subnets.ts";

export interface WantedNetwork {
  readonly name: string;
  /** As it was planned. */
  readonly subnet: string;
  /** Where another one is taken from. */
  readonly pool: string;
  /** What the clusters of the platform were given. */
  readonly clusters: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** Of size: a node's network has room for all nodes of a platform. */
export const NODE_PREFIX = 24;
/** Each time somebody else was faster. */
const ATTEMPTS = 8;

/**
 * Makes the network of a platform, and returns its subnet. Platforms that are planned at the same moment choose the same one: Docker
 * gives it to the first, and the others take the next that is free.
 */
export const makeNetwork = async (docker: Docker, wanted: WantedNetwork): Promise<string> => {
  const { name, pool, clusters, labels } = wanted;
  let { subnet } = wanted;
  for (let attempt = 1; ; attempt++) {
    try {
      await createNetwork(docker, { name, subnet, range: halves(subnet)[0], labels });
      return subnet;
    } catch (error) {
      if (attempt === ATTEMPTS || !isChoreoError(error, "E_SUBNETS")) throw error;
      const taken = await Promise.all([takenSubnets(docker), hostRoutes()]);
      // What Docker refuses without having it is taken as well.
      subnet = allocateBlock(pool, NODE_PREFIX, [...taken.flat(), ...clusters, subnet]);
    }
  }
};
