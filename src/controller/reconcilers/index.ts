import type { Reconciler } from "../reconciler.ts";
import { buildPlaneReconciler } from "./build-plane.ts";
import { componentReconciler } from "./component.ts";
import { dataPlaneReconciler } from "./data-plane.ts";
import { deployableArtifactReconciler } from "./deployable-artifact.ts";
import { deploymentPipelineReconciler } from "./deployment-pipeline.ts";
import { deploymentTrackReconciler } from "./deployment-track.ts";
import { environmentReconciler } from "./environment.ts";
import { organizationReconciler } from "./organization.ts";
import { projectReconciler } from "./project.ts";

/** The kinds that make no workload themselves, from the top of the hierarchy down. */
export const hierarchyReconcilers: readonly Reconciler[] = [
  organizationReconciler,
  dataPlaneReconciler,
  buildPlaneReconciler,
  environmentReconciler,
  deploymentPipelineReconciler,
  projectReconciler,
  componentReconciler,
  deploymentTrackReconciler,
  deployableArtifactReconciler,
];
