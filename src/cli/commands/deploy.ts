import { findCondition } from "../../controller/conditions.ts";
import { nameOf } from "../../controller/hierarchy.ts";
import type { Component, Deployment } from "../../crds/types.ts";
import { findArtifact } from "../../dev/find-artifact.ts";
import { pointDeployment } from "../../dev/point-deployment.ts";
import { parseDuration } from "../../lib/duration.ts";
import { ChoreoError } from "../../lib/errors.ts";
import type { Handler } from "../command.ts";
import type { DeployArgs, PromoteWhat } from "../definitions/builds.ts";
import { withPlatform } from "../platform.ts";
import { requireComponent } from "../../resources/components.ts";
import { publicUrls } from "../../resources/endpoints.ts";
import { requireEnvironment } from "../resources/pipelines.ts";
import { waitForRollout } from "../../resources/rollout.ts";
import { deployedTo, deploymentsOf } from "../../resources/placement.ts";
import { requireTrack } from "../resources/tracks.ts";

/** Points the Deployment of an environment to an artifact, or makes it, and waits until it serves. */
export const run: Handler<DeployArgs & PromoteWhat> = async (args, context) => {
  const { signal, io } = context;
  const timeoutMs = parseDuration(args.timeout);
  if (args.artifact !== undefined && args.build !== undefined)
    throw new ChoreoError("E_USAGE", "--artifact and --build both name what to deploy", {
      fix: "leave one of them away",
    });
  await withPlatform(args, context, async (platform) => {
    const control = await platform.control();
    const component = (await requireComponent(control, args.component, args, signal)) as unknown as Component;
    const track = await requireTrack(control, component, args.track, signal);
    const environment = nameOf(await requireEnvironment(control, component, args.environment, signal));
    const found = await findArtifact(control, { ...args, component, track }, signal);
    const artifact = found.metadata.name;
    const place = { track: nameOf(track), environment };
    const existing = deployedTo(await deploymentsOf(control, component, signal), place);
    const placement = { component, ...place, existing, artifact };
    const deployed = await pointDeployment(control, placement, signal);
    if (!args["no-wait"]) {
      const progress = (message: string): void => void io.stderr.write(`waiting for ${message}\n`);
      await waitForRollout(control, [deployed], { timeoutMs, signal, progress });
    }
    const before = existing?.spec.deploymentArtifactRef;
    const change = before === artifact ? "as before" : before === undefined ? "new" : `before: ${before}`;
    io.stdout.write(`${nameOf(component)}  ${artifact}  in ${environment}  (${change})\n`);
    if (args["no-wait"]) return;
    const { metadata } = deployed;
    const now =
      (await control.get<Deployment>(
        { ...deployed, name: metadata.name, namespace: metadata.namespace },
        { signal },
      )) ?? deployed;
    const past = findCondition(now, "PromotionPathViolated");
    if (past?.status === "True") io.stderr.write(`warn    ${past.message}\n`);
    for (const url of await publicUrls(control, [now], signal)) io.stderr.write(`serves  ${url}\n`);
  });
};
