import type { Build, DeployableArtifact } from "../../crds/types.ts";
import { messageOf } from "../../lib/errors.ts";
import { childrenWhere, deleteInPhases } from "../children.ts";
import { planeCall } from "../deployment/planes.ts";
import type { ReconcileContext } from "../reconciler.ts";
import { collectUnused } from "./collect.ts";
import { resolveBuild } from "./inputs.ts";
import { WORKFLOW } from "./workflow.ts";

/** Deletes the workflow, then the artifact, which takes its deployments down first. */
export const finalizeBuild = async (build: Build, context: ReconcileContext): Promise<string | undefined> => {
  await deleteWorkflow(build, context);
  const { name, namespace } = build.metadata;
  const ofBuild = (artifact: DeployableArtifact): boolean => artifact.spec.targetArtifact.fromBuildRef?.name === name;
  const waitsFor = await deleteInPhases(context, [[childrenWhere("DeployableArtifact", namespace, ofBuild)]]);
  if (waitsFor === undefined) await collectUnused(context, build);
  return waitsFor;
};

/** Best effort: a plane that is gone must not keep the Build, and workflows end by themselves. */
const deleteWorkflow = async (build: Build, context: ReconcileContext): Promise<void> => {
  try {
    const { plane, namespace, workflow } = resolveBuild(build, context);
    await context.planes.of(plane).delete({ ...WORKFLOW, namespace, name: workflow }, planeCall(context));
  } catch (error) {
    context.signal.throwIfAborted();
    context.log("warn", `the workflow of Build ${build.metadata.name} was left behind`, { error: messageOf(error) });
  }
};
