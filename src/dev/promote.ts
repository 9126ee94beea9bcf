import { servesSaves } from "../controller/deployment/dev-mode.ts";
import { labelOf } from "../controller/hierarchy.ts";
import { LABELS } from "../crds/labels.ts";
import type { Deployment, DeploymentPipeline } from "../crds/types.ts";
import { ChoreoError } from "../lib/errors.ts";
import { isReady } from "./loop/targets.ts";

/** One step along a pipeline. */
export interface Promotion {
  readonly from: string;
  readonly to: string;
  readonly needsApproval: boolean;
  /** What runs where it comes from. */
  readonly source: Deployment;
  /** What is there now where it goes to. */
  readonly target: Deployment | undefined;
}

export interface PromotionWanted {
  readonly component: string;
  readonly pipeline: DeploymentPipeline;
  /** Of the component, of one track. */
  readonly deployments: readonly Deployment[];
  /** Default: the first environment that has not got what the one before it runs. */
  readonly to: string | undefined;
}

/** Finds the step that was asked for. Throws for one that skips an environment, or whose source is not ready. */
export const findPromotion = ({ component, pipeline, deployments, to }: PromotionWanted): Promotion => {
  const steps = stepsOf(pipeline);
  const inEnvironment = (name: string): Deployment | undefined =>
    deployments.find((one) => labelOf(one, LABELS.environment) === name);
  const wanted =
    to === undefined
      ? steps.filter((step) => isBehind(step, inEnvironment)).slice(0, 1)
      : steps.filter((step) => step.to === to);
  if (wanted.length === 0) throw noStep(component, { to, steps, pipeline });
  // Where several ways lead there, the longest: a hotfix past an environment is for what never was in it.
  const step = wanted.findLast(({ from }) => inEnvironment(from) !== undefined) ?? wanted[0];
  const source = step && inEnvironment(step.from);
  if (step === undefined || source === undefined)
    throw new ChoreoError(
      "E_NOT_FOUND",
      `${component} is not deployed to ${wanted.map(({ from }) => from).join(" or ")}`,
      {
        why: `${pipeline.metadata.name} leads to ${to ?? "the next environment"} from there only`,
        fix: `promote it there first: choreo-dev promote ${component} --to ${wanted[0]?.from ?? "ENV"}`,
      },
    );
  if (!isReady(source))
    throw new ChoreoError("E_NOT_READY", `${component} is not ready in ${step.from}`, {
      why: "what does not work there would not work any better in the next environment",
      fix: "choreo-dev status",
    });
  if (servesSaves(source))
    throw new ChoreoError("E_NOT_READY", `${component} in ${step.from} serves saved files, which no build has`, {
      why: "a dev session has put them there: what is promoted would be something else than what you see",
      fix: `choreo-dev build ${component}`,
    });
  return { ...step, source, target: inEnvironment(step.to) };
};

type Step = Pick<Promotion, "from" | "to" | "needsApproval">;

const stepsOf = ({ spec }: DeploymentPipeline): Step[] =>
  (spec.promotionPaths ?? []).flatMap(({ sourceEnvironmentRef: from, targetEnvironmentRefs }) =>
    targetEnvironmentRefs.map(({ name: to, requiresApproval, isManualApprovalRequired }) => ({
      ...{ from, to },
      needsApproval: requiresApproval === true || isManualApprovalRequired === true,
    })),
  );

const isBehind = ({ from, to }: Step, inEnvironment: (name: string) => Deployment | undefined): boolean => {
  const source = inEnvironment(from);
  return source !== undefined && source.spec.deploymentArtifactRef !== inEnvironment(to)?.spec.deploymentArtifactRef;
};

const noStep = (
  component: string,
  { to, steps, pipeline }: { to: string | undefined; steps: readonly Step[]; pipeline: DeploymentPipeline },
): ChoreoError => {
  const line = steps.map(({ from, to: target }) => `${from} → ${target}`).join(", ");
  if (to !== undefined)
    return new ChoreoError("E_USAGE", `${pipeline.metadata.name} does not lead to "${to}"`, {
      fix: `it leads ${line}`,
    });
  return new ChoreoError("E_NOT_FOUND", `There is nothing of ${component} to promote`, {
    why: `every environment of ${pipeline.metadata.name} (${line}) has what the one before it runs, or none is deployed to`,
    fix: "choreo-dev status",
  });
};
