import { labelOf, nameOf } from "../../controller/hierarchy.ts";
import { LABELS } from "../../crds/labels.ts";
import type { Component, Deployment, DeploymentPipeline, Project } from "../../crds/types.ts";
import { findPromotion, promote } from "../../dev/promote.ts";
import type { KubeClient } from "../../k8s/client.ts";
import { parseDuration } from "../../lib/duration.ts";
import { ChoreoError } from "../../lib/errors.ts";
import type { Handler } from "../command.ts";
import type { BuildWhat, PromoteArgs } from "../definitions/builds.ts";
import { withPlatform } from "../platform.ts";
import { requireComponent } from "../../resources/components.ts";
import { waitForRollout } from "../../resources/rollout.ts";
import { listKind } from "../../resources/scope.ts";

/** Takes what runs in one environment to the next one of the project's pipeline, and waits until it serves there. */
export const run: Handler<PromoteArgs & BuildWhat> = async (args, context) => {
  const { signal, io } = context;
  const timeoutMs = parseDuration(args.timeout);
  await withPlatform(args, context, async (platform) => {
    const control = await platform.control();
    const component = (await requireComponent(control, args.component, args, signal)) as unknown as Component;
    const name = nameOf(component);
    const scope = {
      organization: component.metadata.namespace,
      project: labelOf(component, LABELS.project),
      component: name,
    };
    const deployments = (await listKind(control, { kind: "Deployment" }, scope, signal)) as unknown as Deployment[];
    const pipeline = await pipelineOf(control, component, signal);
    const promotion = findPromotion({ component: name, pipeline, deployments, to: args.to });
    const { from, to, needsApproval, source, target } = promotion;
    const artifact = source.spec.deploymentArtifactRef;
    if (target?.spec.deploymentArtifactRef === artifact)
      return void io.stdout.write(`${name}  ${artifact} runs in ${to} already\n`);
    if (needsApproval && !args.approve)
      throw new ChoreoError("E_USAGE", `Promoting ${name} to ${to} needs an approval`, {
        why: `${pipeline.metadata.name} asks for one`,
        fix: `choreo-dev promote ${name} --to ${to} --approve`,
      });
    const promoted = await promote(control, component, promotion, signal);
    if (!args["no-wait"]) {
      const progress = (message: string): void => void io.stderr.write(`waiting for ${message}\n`);
      await waitForRollout(control, [{ ...promoted }], { timeoutMs, signal, progress });
    }
    io.stdout.write(`${name}  ${artifact}  ${from} → ${to}\n`);
  });
};

const pipelineOf = async (
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
