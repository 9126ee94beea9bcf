import { LABELS } from "../../crds/labels.ts";
import type { Deployment } from "../../crds/types.ts";
import type { Statement } from "../conditions.ts";
import { newDeployment, toArtifact } from "../deployment/point-to-artifact.ts";
import { findPipeline, findReference, nameOf } from "../hierarchy.ts";
import type { ReconcileContext } from "../reconciler.ts";
import { hierarchyLabels } from "./artifact.ts";
import type { BuildInput } from "./inputs.ts";
import { refOf } from "../../k8s/object-ref.ts";

const TYPE = "DeploymentApplied";

/**
 * Points the Deployment of the pipeline's first environment to the artifact of a build, or makes that Deployment. A pipeline
 * that leads nowhere is said in the condition: the build itself has succeeded.
 */
export const autoDeploy = async (input: BuildInput, context: ReconcileContext): Promise<Statement> => {
  const { build, project } = input;
  const failed = (reason: string, message: string): Statement => ({ type: TYPE, status: false, reason, message });
  const pipeline = findPipeline(context, project);
  if (pipeline === undefined)
    return failed("NoPromotionPath", `There is no DeploymentPipeline "${project.spec.deploymentPipelineRef}"`);
  const first = pipeline.spec.promotionPaths?.[0]?.sourceEnvironmentRef;
  if (first === undefined)
    return failed("NoPromotionPath", `DeploymentPipeline "${nameOf(pipeline)}" has no promotion path`);
  const environment = findReference(context, build, { kind: "Environment", name: first });
  if (environment === undefined) return failed("EnvironmentNotFound", `There is no Environment "${first}"`);
  await pointDeployment(input, nameOf(environment), context);
  const message = `Build ${build.metadata.name} is deployed to ${nameOf(environment)}`;
  return { type: TYPE, status: true, reason: "DeploymentAppliedSuccessfully", message };
};

const pointDeployment = async (
  { build, component, track, project }: BuildInput,
  environment: string,
  { cache, client, signal }: ReconcileContext,
): Promise<void> => {
  const { namespace = "", name, labels = {} } = build.metadata;
  const own = { ...hierarchyLabels(labels), [LABELS.environment]: environment };
  const [existing] = cache<Deployment>("Deployment").list({ namespace, labels: own });
  if (existing !== undefined) {
    if (existing.spec.deploymentArtifactRef !== name)
      await client.mergePatch(refOf(existing), toArtifact(name), { signal });
    return;
  }
  const parents = {
    organization: labels[LABELS.organization] ?? "",
    project: nameOf(project),
    component: nameOf(component),
    track: nameOf(track),
  };
  await client.apply(newDeployment({ namespace, ...parents, environment, artifact: name }), { signal });
};
