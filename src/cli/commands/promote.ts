import { labelOf, nameOf } from "../../controller/hierarchy.ts";
import { LABELS } from "../../crds/labels.ts";
import type { Component } from "../../crds/types.ts";
import { pointDeployment } from "../../dev/point-deployment.ts";
import { findPromotion } from "../../dev/promote.ts";
import { parseDuration } from "../../lib/duration.ts";
import { ChoreoError } from "../../lib/errors.ts";
import type { Handler } from "../command.ts";
import type { PromoteArgs, PromoteWhat } from "../definitions/builds.ts";
import { withPlatform } from "../platform.ts";
import { requireComponent } from "../../resources/components.ts";
import { publicUrls } from "../../resources/endpoints.ts";
import { requirePipeline } from "../resources/pipelines.ts";
import { waitForRollout } from "../../resources/rollout.ts";
import { deploymentsOf } from "../../resources/placement.ts";
import { requireTrack } from "../resources/tracks.ts";

/** Takes what runs in one environment to the next one of the project's pipeline, and waits until it serves there. */
export const run: Handler<PromoteArgs & PromoteWhat> = async (args, context) => {
  const { signal, io } = context;
  const timeoutMs = parseDuration(args.timeout);
  await withPlatform(args, context, async (platform) => {
    const control = await platform.control();
    const component = (await requireComponent(control, args.component, args, signal)) as unknown as Component;
    const name = nameOf(component);
    const track = nameOf(await requireTrack(control, component, args.track, signal));
    const all = await deploymentsOf(control, component, signal);
    const deployments = all.filter((one) => labelOf(one, LABELS.deploymentTrack) === track);
    const pipeline = await requirePipeline(control, component, signal);
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
    const placement = { component, track, environment: to, existing: target, artifact };
    const promoted = await pointDeployment(control, placement, signal);
    if (!args["no-wait"]) {
      const progress = (message: string): void => void io.stderr.write(`waiting for ${message}\n`);
      await waitForRollout(control, [promoted], { timeoutMs, signal, progress });
    }
    io.stdout.write(`${name}  ${artifact}  ${from} → ${to}\n`);
    if (args["no-wait"]) return;
    for (const url of await publicUrls(control, [promoted], signal)) io.stderr.write(`serves  ${url}\n`);
  });
};
