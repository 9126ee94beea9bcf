import type { Condition, KubeObject } from "../k8s/types.ts";

/** Conditions that together say whether an object of a kind does its job; the first one is always written. */
const MAIN_CONDITIONS: Readonly<Record<string, readonly string[]>> = {
  Organization: ["Ready"],
  DataPlane: ["Created", "Reachable"],
  BuildPlane: ["Created", "Reachable", "ArgoReady"],
  Environment: ["Ready"],
  DeploymentPipeline: ["Available"],
  Project: ["Created", "Valid"],
  Component: ["Created"],
  DeploymentTrack: ["Available"],
  Build: ["Completed"],
  DeployableArtifact: ["Available"],
  Deployment: ["ArtifactResolved", "Ready"],
  Endpoint: ["Ready"],
};

export interface State {
  /** "Ready", "Pending", "Deleting", or the reason of the condition that does not hold. */
  readonly word: string;
  readonly ready: boolean;
  readonly message: string;
}

/** What the conditions of an object come to. */
export const stateOf = (object: KubeObject): State => {
  const conditions = conditionsOf(object);
  if (object.metadata.deletionTimestamp !== undefined) {
    return { word: "Deleting", ready: false, message: deletionMessage(object) };
  }
  const wanted = MAIN_CONDITIONS[object.kind];
  if (wanted === undefined) return { word: "-", ready: true, message: "" };
  const main = conditions.filter(({ type }) => wanted.includes(type));
  const failing = main.find(({ status }) => status !== "True");
  if (failing !== undefined) return { word: failing.reason, ready: false, message: failing.message };
  if (main.length === 0) return { word: "Pending", ready: false, message: "the controller has not seen it yet" };
  return { word: "Ready", ready: true, message: "" };
};

/** What a deletion waits for, as the controller says it; empty when it has not said anything yet. */
export const deletionMessage = (object: KubeObject): string => {
  const said = conditionsOf(object).find(
    ({ type, reason }) => /Deleting|Finaliz/.test(type) || /Finaliz|Terminating/.test(reason),
  );
  return said?.message ?? "";
};

export const conditionsOf = (object: KubeObject): readonly Condition[] =>
  (object as { status?: { conditions?: readonly Condition[] } }).status?.conditions ?? [];
