import { nameOf } from "../../controller/hierarchy.ts";
import type { Component, DeploymentTrack } from "../../crds/types.ts";
import type { KubeClient } from "../../k8s/client.ts";
import { ChoreoError } from "../../lib/errors.ts";
import { listKind, scopeOf } from "../../resources/scope.ts";

/** The track of a component that was named, or the only one there is. */
export const requireTrack = async (
  control: KubeClient,
  component: Component,
  wanted: string | undefined,
  signal: AbortSignal,
): Promise<DeploymentTrack> => {
  const found = await listKind(control, { kind: "DeploymentTrack" }, scopeOf(component), signal);
  const tracks = found as unknown as DeploymentTrack[];
  const names = tracks.map(nameOf);
  const track =
    wanted === undefined ? (tracks.length === 1 ? tracks[0] : undefined) : tracks.find((one) => nameOf(one) === wanted);
  if (track !== undefined) return track;
  if (tracks.length === 0)
    throw new ChoreoError("E_NOT_FOUND", `${nameOf(component)} has no deployment track`, {
      fix: "apply a DeploymentTrack for it; choreo-dev init writes one",
    });
  throw new ChoreoError("E_USAGE", `${nameOf(component)} has the tracks ${names.join(", ")}`, {
    ...(wanted === undefined ? {} : { why: `there is no "${wanted}"` }),
    fix: `add --track TRACK, for example --track ${names[0] ?? ""}`,
  });
};
