import { labelOf, nameOf } from "../../controller/hierarchy.ts";
import { LABELS } from "../../crds/labels.ts";
import type { Component, DeploymentPipeline, Environment, Project } from "../../crds/types.ts";
import type { KubeClient } from "../../k8s/client.ts";
import { didYouMean } from "../../lib/did-you-mean.ts";
import { ChoreoError } from "../../lib/errors.ts";
import { listKind } from "../../resources/scope.ts";

/** The pipeline of a component's project. */
export const requirePipeline = async (
  control: KubeClient,
  component: Component,
  signal: AbortSignal,
): Promise<DeploymentPipeline> => {
  const scope = { organization: component.metadata.namespace };
  const [projects, pipelines] = await Promise.all(
    ["Project", "DeploymentPipeline"].map((kind) => listKind(control, { kind }, scope, signal)),
  );
  const wanted = labelOf(component, LABELS.project);
  const project = ((projects ?? []) as unknown as Project[]).find((one) => nameOf(one) === wanted);
  const reference = project?.spec.deploymentPipelineRef;
  const found = ((pipelines ?? []) as unknown as DeploymentPipeline[]).find(
    (one) => nameOf(one) === reference || one.metadata.name === reference,
  );
  if (found !== undefined) return found;
  throw new ChoreoError("E_NOT_FOUND", `Project ${wanted ?? ""} has no pipeline`, {
    fix: "apply a DeploymentPipeline, and name it in the project's spec.deploymentPipelineRef",
  });
};

/** The environment that was named, or the first one of the component's pipeline. */
export const requireEnvironment = async (
  control: KubeClient,
  component: Component,
  wanted: string | undefined,
  signal: AbortSignal,
): Promise<Environment> => {
  const name = wanted ?? (await firstOf(control, component, signal));
  const { namespace: organization } = component.metadata;
  const all = (await listKind(control, { kind: "Environment" }, { organization }, signal)) as unknown as Environment[];
  const found = all.find((one) => nameOf(one) === name) ?? all.find(({ metadata }) => metadata.name === name);
  if (found !== undefined) return found;
  const near = didYouMean(name, all.map(nameOf));
  throw new ChoreoError("E_NOT_FOUND", `There is no environment "${name}"`, {
    why:
      near === undefined
        ? `${organization ?? "-"} has ${all.map(nameOf).join(", ") || "none"}`
        : `did you mean "${near}"?`,
    fix: "choreo-dev get environments",
  });
};

const firstOf = async (control: KubeClient, component: Component, signal: AbortSignal): Promise<string> => {
  const pipeline = await requirePipeline(control, component, signal);
  const first = pipeline.spec.promotionPaths?.[0]?.sourceEnvironmentRef;
  if (first !== undefined) return first;
  throw new ChoreoError("E_NOT_FOUND", `Pipeline ${nameOf(pipeline)} has no first environment`, {
    fix: "add -e ENV",
  });
};
