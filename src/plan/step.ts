import type { PlaneRole } from "../config/model.ts";

/** Steps are named by what they make true, so that a step run twice changes nothing the second time. */
export interface Step {
  /** Unique in a plan, e.g. `cluster/shop-build`, `addon/cilium@us-west-2`. */
  readonly id: string;
  readonly kind: StepKind;
  /** Row of the progress view this step belongs to: "clusters", "cilium 1.20.2", … */
  readonly group: string;
  /** What it works on, shown in its row: the cluster's or plane's name. */
  readonly subject: string;
  /** Why it has to be done: "cluster does not exist", "addon version 1.20.1 → 1.20.2". */
  readonly reason: string;
  /** How a change to a running platform is made (decision 7). */
  readonly change: ChangeClass;
  /** What would be lost by doing it; only for `recreate`. */
  readonly loses?: string;
  /** Ids of steps that must be done before. Ids that are not in the plan count as done. */
  readonly needs: readonly string[];
  readonly cluster?: string;
  readonly plane?: { readonly name: string; readonly role: PlaneRole };
  readonly addon?: string;
}

export type ChangeClass = "create" | "in-place" | "add" | "recreate" | "remove";

export type StepKind =
  | "network"
  | "registry"
  | "cluster"
  | "images"
  | "crds"
  | "addon"
  | "controller"
  | "register"
  | "defaults"
  | "components"
  | "resources"
  | "remove-addon"
  | "remove-cluster";

/** A change that `up` will not make, with what to do instead. */
export interface Refusal {
  readonly field: string;
  readonly reason: string;
  readonly fix: string;
}

export interface Plan {
  readonly platform: string;
  readonly steps: readonly Step[];
  readonly refusals: readonly Refusal[];
}
