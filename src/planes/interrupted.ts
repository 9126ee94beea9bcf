import type { ObservedCluster } from "../plan/clusters.ts";
import { ChoreoError } from "../lib/errors.ts";

/** What an `up` that was interrupted leaves, for the user who stopped it: the next `up` continues, `down` removes. */
export const interruption = (clusters: readonly ObservedCluster[], cause: unknown): ChoreoError => {
  const half = clusters.filter(({ state }) => state === "half-made").length;
  const left =
    half === 0 ? "the platform is not complete" : `${half} ${half === 1 ? "cluster is" : "clusters are"} half made`;
  return new ChoreoError("E_INTERRUPTED", `${left}; nothing outside the platform was touched`, {
    fix: "continue: choreo-dev up   remove: choreo-dev down",
    cause,
  });
};
