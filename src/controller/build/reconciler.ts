import { FINALIZERS, MANAGED_BY } from "../../crds/labels.ts";
import type { Build } from "../../crds/types.ts";
import { isConflict, isKubeError } from "../../k8s/errors.ts";
import type { AnyObject } from "../../k8s/types.ts";
import { messageOf } from "../../lib/errors.ts";
import { findCondition, type Statement } from "../conditions.ts";
import { planeCall } from "../deployment/planes.ts";
import { type Observation, reconcilerOf } from "../lifecycle.ts";
import type { Key, ReconcileContext, Reconciler } from "../reconciler.ts";
import { wakeChildren, wakeFor } from "../watches.ts";
import { createArtifact } from "./artifact.ts";
import { autoDeploy } from "./auto-deploy.ts";
import { supplyBaseImages } from "./base-images.ts";
import { BuildBlocked } from "./blocked.ts";
import { collectAfter, isOver } from "./collect.ts";
import { configurationOf } from "./configuration.ts";
import { DescriptorError } from "./descriptor.ts";
import { describeFailure } from "./failure.ts";
import { finalizeBuild } from "./finalize.ts";
import { type BuildInput, resolveBuild } from "./inputs.ts";
import { stepTimes } from "./step-times.ts";
import { type Progress, QUEUED, readProgress, STEP_RUNS, stepName } from "./steps.ts";
import { applySupports } from "./supports.ts";
import { toldProgress } from "./told.ts";
import { BUILD_OF_WORKFLOW, renderStepsTemplate, renderWorkflow, WORKFLOW } from "./workflow.ts";

const COMPLETED = "Completed";
const PROGRESSING: Statement = {
  type: COMPLETED,
  status: false,
  reason: "BuildProgressing",
  message: "The build runs",
};

/** Runs a build as an Argo workflow in the build plane, tells how far it is, and makes an artifact of what it pushed. */
export const buildReconciler: Reconciler = reconcilerOf({
  kind: "Build",
  watches: [
    wakeChildren("Project", "Build"),
    wakeChildren("Component", "Build"),
    wakeChildren("DeploymentTrack", "Build"),
    // A plane that comes or answers again may run what waits for one.
    ...(["BuildPlane", "DataPlane"] as const).map((kind) =>
      wakeFor(kind, ({ metadata }, { cache }) =>
        cache<Build>("Build")
          .list({ namespace: metadata.namespace })
          .filter((build) => !isOver(build))
          .map((build) => ({ namespace: build.metadata.namespace, name: build.metadata.name })),
      ),
    ),
  ],
  main: { type: COMPLETED, reason: "BuildCompleted", message: "The image is built and pushed" },
  observe: (build: Build, context) => observe(build, context),
  failure: (error) =>
    isConflict(error)
      ? undefined
      : {
          reason:
            error instanceof BuildBlocked
              ? error.reason
              : isKubeError(error, 0)
                ? "BuildPlaneUnreachable"
                : "BuildProgressing",
          message: messageOf(error),
        },
  deletion: {
    finalizer: FINALIZERS.Build,
    condition: { type: "Finalizing", status: true, reason: "BuildCleanupOngoing" },
    finalize: finalizeBuild,
  },
});

const observe = async (build: Build, context: ReconcileContext): Promise<Observation> => {
  const completed = findCondition(build, COMPLETED);
  // What has ended stays as it is: the workflow may be gone, and a build is not run twice.
  if (isOver(build) && completed !== undefined) {
    await collectAfter(build, context);
    return { statements: [asStatement(completed)] };
  }
  const input = resolveBuild(build, context);
  const told = toldProgress(build);
  if (told !== undefined) return follow(input, told, context);
  if (!hasSource(input)) {
    return {
      statements: [...QUEUED, { type: COMPLETED, status: false, reason: "SourceNotFound", message: noSource(input) }],
    };
  }
  if (completed === undefined) {
    // Seen before anything runs: a build plane that does not answer is no reason to show nothing.
    return { statements: [...QUEUED, PROGRESSING], againAfterMs: 1 };
  }
  const workflow = await ensureWorkflow(input, context);
  if (workflow === undefined) return { statements: [...QUEUED, PROGRESSING], againAfterMs: 1000 };
  const observation = await follow(input, readProgress(workflow), context);
  return { ...observation, fields: { ...observation.fields, steps: stepTimes(workflow) } };
};

const hasSource = ({ build, component }: BuildInput): boolean =>
  build.spec.source?.artifact !== undefined || component.spec.source?.gitRepository !== undefined;

const noSource = ({ component }: BuildInput): string =>
  component.spec.source?.local === undefined
    ? `Component ${component.metadata.name} has no gitRepository, and the build no artifact`
    : `The build names no artifact: choreo-dev build sends the folder of ${component.metadata.name} first`;

const asStatement = ({ type, status, reason, message }: NonNullable<ReturnType<typeof findCondition>>): Statement => ({
  type,
  status: status === "Unknown" ? status : status === "True",
  reason,
  message,
});

/** The workflow as it is now; made if it has never been. Undefined while the watch on the plane has not listed it. */
const ensureWorkflow = async (input: BuildInput, context: ReconcileContext): Promise<AnyObject | undefined> => {
  const { plane, namespace, workflow: name } = input;
  const client = context.planes.of(plane);
  const call = planeCall(context);
  const cache = context.planes.watch(plane, {
    type: WORKFLOW,
    labelSelector: `managed-by=${MANAGED_BY.build}`,
    requeue: { kind: "Build", keys: buildOf },
  });
  const known = cache?.get({ namespace, name });
  if (known !== undefined) return known;
  const found = await client.get({ ...WORKFLOW, namespace, name }, call);
  if (found !== undefined) return found;
  await applySupports(client, input, { context, call });
  if (input.build.spec.buildConfiguration.workflowTemplate !== undefined)
    await client.apply(renderStepsTemplate(namespace, context.settings.builds), call);
  await supplyBaseImages(input, context);
  return await client.create(renderWorkflow(input, context.settings.builds), call);
};

const buildOf = ({ metadata: { annotations = {} } }: AnyObject): Key[] => {
  const [namespace, name] = annotations[BUILD_OF_WORKFLOW]?.split("/") ?? [];
  return name === undefined ? [] : [{ name, namespace }];
};

const follow = async (input: BuildInput, progress: Progress, context: ReconcileContext): Promise<Observation> => {
  const { steps, outputs, failure } = progress;
  if (progress.state === "running") return { statements: [...steps, progressing(steps)] };
  const { image = "" } = outputs;
  if (failure !== undefined || image === "") return failed(input, progress, context);
  const fields = { imageStatus: { image } };
  const configuration = understood(() => configurationOf(input, outputs));
  if ("problem" in configuration) {
    await context.event(input.build, { type: "Warning", reason: "DescriptorInvalid", message: configuration.problem });
    const told = { status: false, message: configuration.problem } as const;
    return {
      statements: [
        ...steps,
        { ...told, type: "DeployableArtifactCreated", reason: "DescriptorInvalid" },
        { ...told, type: COMPLETED, reason: "BuildFailed" },
      ],
      fields,
    };
  }
  await createArtifact(input, configuration.value, context);
  const created: Statement = {
    type: "DeployableArtifactCreated",
    status: true,
    reason: "ArtifactCreationSuccessful",
    message: `DeployableArtifact ${input.build.metadata.name} can be deployed`,
  };
  const applied = input.track.spec.autoDeploy === true ? [await autoDeploy(input, context)] : [];
  return { statements: [...steps, created, ...applied], fields };
};

/** What is told while it runs: why the step that is on waits, where it does. */
const progressing = (steps: Progress["steps"]): Statement => {
  const on = steps.find(({ reason }) => reason === "Progressing");
  if (on === undefined || on.message === STEP_RUNS) return PROGRESSING;
  return { ...PROGRESSING, message: `${stepName(on.type)}: ${on.message}` };
};

const understood = <T>(read: () => T): { readonly value: T } | { readonly problem: string } => {
  try {
    return { value: read() };
  } catch (error) {
    if (error instanceof DescriptorError) return { problem: error.message };
    throw error;
  }
};

const failed = async (input: BuildInput, progress: Progress, context: ReconcileContext): Promise<Observation> => {
  const failure = progress.failure ?? {
    step: "StepPushSucceeded",
    container: "main",
    message: "The workflow has no output parameter image",
  };
  // Who built without a workflow has said it all.
  const message =
    failure.container === ""
      ? failure.message
      : await describeFailure(context.planes.of(input.plane), input, { failure, call: planeCall(context) });
  const statement: Statement = { type: failure.step, status: false, reason: "Failed", message };
  const step = stepName(failure.step);
  const completed = { type: COMPLETED, status: false, reason: "BuildFailed", message: `${step}: ${message}` };
  await context.event(input.build, { type: "Warning", reason: "BuildFailed", message: `${step}: ${failure.message}` });
  return { statements: [...progress.steps, statement, completed] };
};
