import type { FaultEngine } from "./history.ts";

/** Seeds whose histories have once found a defect of the product: they stay tests, each with what it found. */
export const KEPT_SEEDS: Readonly<Record<FaultEngine, Readonly<Record<number, string>>>> = {
  embedded: {
    1: "a gateway's port that somebody took was an unknown failure of a cluster",
  },
  kind: {
    12: "up after stop ended when the registry was there before the node's API server answered",
    22: "up after a stop that was killed relied on a node that Docker was still ending",
    23: "up after stop took what the API told of pods from before the stop for what runs",
  },
};

/** What a quick run takes besides. */
export const QUICK_SEEDS: Readonly<Record<FaultEngine, readonly number[]>> = {
  embedded: [18],
  kind: [],
};
