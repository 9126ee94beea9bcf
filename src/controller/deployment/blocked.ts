import type { Observation } from "../lifecycle.ts";

/**
 * Nothing can be applied as things are. Not a failure: the condition says what is missing, and a watch wakes the
 * deployment when that changes.
 */
export class Blocked extends Error {
  override readonly name = "Blocked";
  readonly observation: Observation;

  constructor(
    reason: string,
    message: string,
    more: { readonly artifact?: boolean; readonly ready?: "Unknown"; readonly againAfterMs?: number } = {},
  ) {
    super(message);
    const ready = { type: "Ready", status: more.ready ?? false, reason, message };
    const artifact = more.artifact === true ? { ...ready, type: "ArtifactResolved", status: false } : ARTIFACT_RESOLVED;
    this.observation = {
      statements: [artifact, ready],
      ...(more.againAfterMs !== undefined && { againAfterMs: more.againAfterMs }),
    };
  }
}

export const ARTIFACT_RESOLVED = {
  type: "ArtifactResolved",
  status: true,
  reason: "ArtifactResolvedSuccessfully",
  message: "The artifact and its image are known",
} as const;
