import type { FaultEngine } from "./history.ts";

/** Seeds whose histories have once found a defect of the product: they stay tests, each with what it found. */
export const KEPT_SEEDS: Readonly<Record<FaultEngine, Readonly<Record<number, string>>>> = {
  embedded: {
    1: "a gateway's port that somebody took was an unknown failure of a cluster",
  },
  kind: {},
};

/** What a quick run takes besides. */
export const QUICK_SEEDS: Readonly<Record<FaultEngine, readonly number[]>> = {
  embedded: [18],
  kind: [1],
};
