import { LABELS } from "../../crds/labels.ts";
import type { Build, BuildPlane, DataPlane } from "../../crds/types.ts";
import { labelOf } from "../hierarchy.ts";
import type { ReconcileContext } from "../reconciler.ts";
import { BuildBlocked } from "./blocked.ts";

/** The organization's BuildPlane; without one the DataPlane with the label `core.choreo.dev/build-plane: "true"`. */
export const findBuildPlane = (build: Build, { cache }: Pick<ReconcileContext, "cache">): BuildPlane | DataPlane => {
  const { namespace } = build.metadata;
  const labels = { [LABELS.organization]: labelOf(build, LABELS.organization) ?? "" };
  const planes = cache<BuildPlane>("BuildPlane").list({ namespace, labels });
  const candidates: readonly (BuildPlane | DataPlane)[] =
    planes.length > 0
      ? planes
      : cache<DataPlane>("DataPlane").list({ namespace, labels: { ...labels, [LABELS.buildPlane]: "true" } });
  const [plane, ...others] = candidates;
  if (plane === undefined)
    throw new BuildBlocked("NoBuildPlaneFound", "The organization has no BuildPlane; choreo-dev up registers one");
  if (others.length === 0) return plane;
  const names = candidates.map(({ metadata }) => metadata.name).join(", ");
  throw new BuildBlocked("MultipleBuildPlanesFound", `The organization has more than one BuildPlane: ${names}`);
};
