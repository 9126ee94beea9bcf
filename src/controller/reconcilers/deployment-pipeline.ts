import type { DeploymentPipeline, Environment } from "../../crds/types.ts";
import type { Statement } from "../conditions.ts";
import { missingEnvironments } from "../validation.ts";
import { reconcilerOf } from "../lifecycle.ts";
import type { ReconcileContext, Reconciler } from "../reconciler.ts";
import { wakeAll } from "../watches.ts";

/** Available at once; a second condition names the environments that are promised and not there. */
export const deploymentPipelineReconciler: Reconciler = reconcilerOf({
  kind: "DeploymentPipeline",
  watches: [wakeAll("Environment", "DeploymentPipeline")],
  main: { type: "Available", reason: "DeploymentPipelineAvailable", message: "The pipeline can be used" },
  observe: async (pipeline: DeploymentPipeline, context) => ({ statements: [environmentsResolved(pipeline, context)] }),
});

const environmentsResolved = (pipeline: DeploymentPipeline, context: ReconcileContext): Statement => {
  const environments = context.cache<Environment>("Environment").list({ namespace: pipeline.metadata.namespace });
  const missing = missingEnvironments(pipeline, environments);
  return missing.length === 0
    ? { type: "EnvironmentsResolved", status: true, reason: "EnvironmentsFound", message: "All environments are there" }
    : {
        type: "EnvironmentsResolved",
        status: false,
        reason: "EnvironmentNotFound",
        message: `There is no Environment ${missing.map((name) => `"${name}"`).join(", ")}`,
      };
};
