import type { Application, EndpointTemplate } from "../../../crds/types.ts";
import type { GroupValues } from "../configuration.ts";
import type { DevMode } from "../dev-mode.ts";
import type { Slot } from "../slot.ts";
import type { AddressRanges } from "./network-policy.ts";

/** Everything that the objects in the data plane are made from. Nothing is looked up while rendering. */
export interface RenderInput {
  readonly slot: Slot;
  /** Object names of the component and its track: the workload's own names are made from them. */
  readonly component: string;
  readonly track: string;
  readonly type: WorkloadType;
  readonly image: string;
  /** Secret in the data plane with credentials for the image's registry. */
  readonly pullSecret: string | undefined;
  /** Of the pods, beside what is rendered itself. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Set while a dev session feeds the pods with saved files. */
  readonly devMode?: DevMode | undefined;
  readonly revisionHistoryLimit: number | undefined;
  /** Overrides are merged already. */
  readonly application: Application;
  readonly endpointTemplates: readonly EndpointTemplate[];
  readonly groups: readonly GroupValues[];
  readonly secrets: SecretsInput;
  readonly isolation: IsolationInput;
}

/** Component types that run. */
export const WORKLOAD_TYPES = ["Service", "WebApplication", "ScheduledTask", "ManualTask"] as const;
export type WorkloadType = (typeof WORKLOAD_TYPES)[number];

/** Whether the type runs to its end, not for ever. */
export const isTask = (type: WorkloadType): boolean => type === "ScheduledTask" || type === "ManualTask";

export type SecretsInput =
  { readonly mode: "local"; readonly values: ReadonlyMap<string, string> } | { readonly mode: "vault-csi" };

/** What keeps other projects out: Cilium where the data plane has it, else what every network plugin may know. */
export type IsolationInput =
  { readonly by: "cilium" } | { readonly by: "networkpolicy"; readonly cluster: AddressRanges };

/** The groups that have entries of one kind, with these entries. */
export const entriesOf = <K extends "plain" | "secret">(
  { groups }: Pick<RenderInput, "groups">,
  kind: K,
): {
  readonly group: GroupValues;
  readonly entries: readonly Extract<GroupValues["entries"][number], { kind: K }>[];
}[] =>
  groups
    .map((group) => ({ group, entries: group.entries.filter((entry) => isKind(entry, kind)) }))
    .filter(({ entries }) => entries.length > 0);

const isKind = <K extends "plain" | "secret">(
  entry: GroupValues["entries"][number],
  kind: K,
): entry is Extract<GroupValues["entries"][number], { kind: K }> => entry.kind === kind;
