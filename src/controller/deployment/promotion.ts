import type { Environment, Project } from "../../crds/types.ts";
import type { Statement } from "../conditions.ts";
import { findPipeline, nameOf } from "../hierarchy.ts";
import type { ReconcileContext } from "../reconciler.ts";

/** Type of the condition that warns about a deployment past the pipeline. */
export const PROMOTION_PATH_VIOLATED = "PromotionPathViolated";

/** A warning when the project's pipeline does not lead to the environment. Deploying there is allowed all the same. */
export const checkPromotionPath = (
  project: Project,
  environment: Environment,
  context: Pick<ReconcileContext, "cache">,
): Statement | undefined => {
  const pipeline = findPipeline(context, project);
  const paths = pipeline?.spec.promotionPaths ?? [];
  const names = paths.flatMap(({ sourceEnvironmentRef, targetEnvironmentRefs }) => [
    sourceEnvironmentRef,
    ...targetEnvironmentRefs.map(({ name }) => name),
  ]);
  const isOnPath = names.includes(nameOf(environment)) || names.includes(environment.metadata.name);
  if (pipeline === undefined || isOnPath) return undefined;
  const message = `Environment "${nameOf(environment)}" is not on DeploymentPipeline "${nameOf(pipeline)}"`;
  return { type: PROMOTION_PATH_VIOLATED, status: true, reason: "EnvironmentNotOnPipeline", message };
};
