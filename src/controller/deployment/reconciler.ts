import { FINALIZERS } from "../../crds/labels.ts";
import type { Deployment, EndpointTemplate } from "../../crds/types.ts";
import { isConflict, isKubeError } from "../../k8s/errors.ts";
import { messageOf } from "../../lib/errors.ts";
import type { Statement } from "../conditions.ts";
import { type Observation, reconcilerOf } from "../lifecycle.ts";
import type { ReconcileContext, Reconciler } from "../reconciler.ts";
import { type AppliedMemory, createAppliedMemory, REPAIR_MS } from "./applied.ts";
import { ARTIFACT_RESOLVED, Blocked } from "./blocked.ts";
import type { GroupValues } from "./configuration.ts";
import { deploy, IMAGE_NOT_PROVIDED } from "./deploy.ts";
import { DEV_MODE, devModeStatement } from "./dev-mode.ts";
import { finalizeDeployment } from "./finalize.ts";
import { type Resolved, resolveDeployment } from "./inputs.ts";
import { resolveIsolation } from "./isolation.ts";
import { planeCall, whyUnreachable } from "./planes.ts";
import { checkPromotionPath, PROMOTION_PATH_VIOLATED } from "./promotion.ts";
import { render, type Rendered } from "./render/index.ts";
import { removeFromOtherPlanes } from "./strays.ts";
import { hasSecrets, resolveSecrets, SECRETS_REREAD_MS } from "./secrets.ts";
import { deploymentWatches } from "./watches.ts";

const CONFIGURATION_KEY_MISSING = "ConfigurationKeyMissing";
const ENDPOINT_NAME_REPEATED = "EndpointNameRepeated";
/** Conditions that are there only while there is something to warn about. */
const WARNINGS = [
  ...[PROMOTION_PATH_VIOLATED, CONFIGURATION_KEY_MISSING, ENDPOINT_NAME_REPEATED, IMAGE_NOT_PROVIDED],
  DEV_MODE,
];

/** Runs an artifact in an environment: renders its objects, keeps them in the data plane, and tells how they do. */
export const createDeploymentReconciler = (memory: AppliedMemory = createAppliedMemory()): Reconciler =>
  reconcilerOf({
    kind: "Deployment",
    watches: deploymentWatches,
    main: { type: "Ready", reason: "DeploymentReady", message: "The workload is available" },
    observe: (deployment: Deployment, context) => observe(deployment, context, memory),
    failure: (error) =>
      // Somebody else wrote first: the next run sees it.
      isConflict(error)
        ? undefined
        : { reason: isKubeError(error, 0) ? "DataPlaneUnreachable" : "ApplyFailed", message: messageOf(error) },
    deletion: {
      finalizer: FINALIZERS.Deployment,
      condition: { type: "Ready", status: false, reason: "DeploymentFinalizing" },
      finalize: finalizeDeployment,
    },
  });

export const deploymentReconciler: Reconciler = createDeploymentReconciler();

const observe = async (
  deployment: Deployment,
  context: ReconcileContext,
  memory: AppliedMemory,
): Promise<Observation> => {
  try {
    const resolved = resolveDeployment(deployment, context);
    const rendered = await renderFor(resolved, context);
    const { ready, warnings, againAfterMs } = await deploy(deployment, { resolved, rendered }, { context, memory });
    // Only then: what runs on the plane that the environment was on before goes on serving until here.
    if (ready.status === true) await removeFromOtherPlanes(resolved, rendered.workload, context);
    const devMode = context.settings.builds === undefined ? devModeStatement(deployment) : undefined;
    const said = [...warningsOf(resolved, context), ...(devMode === undefined ? [] : [devMode]), ...warnings];
    return {
      statements: [ARTIFACT_RESOLVED, ...said, ready],
      remove: WARNINGS.filter((type) => said.every((statement) => statement.type !== type)),
      fields: { artifactGeneration: resolved.artifactGeneration, dataPlane: resolved.plane.metadata.name },
      againAfterMs: againAfterMs ?? (readsSecretsFile(resolved, context) ? SECRETS_REREAD_MS : REPAIR_MS),
    };
  } catch (error) {
    if (error instanceof Blocked) return error.observation;
    throw error;
  }
};

const renderFor = async ({ plane, input }: Resolved, context: ReconcileContext): Promise<Rendered> => {
  const unreachable = whyUnreachable(plane);
  if (unreachable !== undefined) throw new Blocked("DataPlaneUnreachable", unreachable, { ready: "Unknown" });
  const client = context.planes.of(plane);
  const [secrets, isolation] = await Promise.all([
    resolveSecrets(input.groups, client, context),
    resolveIsolation(client, planeCall(context)),
  ]);
  return render({ ...input, secrets, isolation });
};

const readsSecretsFile = ({ input }: Resolved, { settings }: ReconcileContext): boolean =>
  settings.secrets.mode === "local" && hasSecrets(input.groups);

const warningsOf = ({ project, environment, input }: Resolved, context: ReconcileContext): Statement[] =>
  [
    checkPromotionPath(project, environment, context),
    missingKeys(input.groups),
    repeatedTemplates(input.endpointTemplates),
  ].filter((statement) => statement !== undefined);

const missingKeys = (groups: readonly GroupValues[]): Statement | undefined => {
  const missing = groups.flatMap(({ ref, missing }) => missing.map((key) => `"${key}" of ${ref}`));
  if (missing.length === 0) return undefined;
  const message = `No value in this environment: ${missing.join(", ")}`;
  return { type: CONFIGURATION_KEY_MISSING, status: true, reason: CONFIGURATION_KEY_MISSING, message };
};

const repeatedTemplates = (templates: readonly EndpointTemplate[]): Statement | undefined => {
  const names = templates.map(({ metadata }) => metadata.name ?? "");
  const repeated = names.filter((name, index) => names.indexOf(name) < index);
  if (repeated.length === 0) return undefined;
  const message = `Endpoint templates need names of their own; only the first counts of "${repeated.join('", "')}"`;
  return { type: ENDPOINT_NAME_REPEATED, status: true, reason: ENDPOINT_NAME_REPEATED, message };
};
