import { ANNOTATIONS, LABELS } from "../../crds/labels.ts";
import type {
  Component,
  ConfigurationGroup,
  DataPlane,
  DeployableArtifact,
  Deployment,
  Environment,
  Project,
} from "../../crds/types.ts";
import {
  compareAge,
  findReference,
  foreignOrganization,
  labelOf,
  nameOf,
  requireDataPlane,
  requireParent,
} from "../hierarchy.ts";
import type { ReconcileContext } from "../reconciler.ts";
import { checkComponentType } from "../validation.ts";
import { mergeApplication } from "./application.ts";
import { resolveArtifact } from "./artifact.ts";
import { Blocked } from "./blocked.ts";
import { type GroupValues, referencedGroups, resolveGroup } from "./configuration.ts";
import { devModeOf } from "./dev-mode.ts";
import { type ProcessInput, processAnnotations } from "./process.ts";
import { devAnnotation } from "./render/dev-pod.ts";
import { isTask, type RenderInput, WORKLOAD_TYPES, type WorkloadType } from "./render/input.ts";
import { type Slot, requireSlot } from "./slot.ts";

/** What a Deployment comes to by the resources of the control plane alone. */
export interface Resolved {
  readonly slot: Slot;
  readonly project: Project;
  readonly environment: Environment;
  readonly plane: DataPlane;
  readonly artifactGeneration: number | undefined;
  /** Still without what only the data plane and the secrets file know. */
  readonly input: Omit<RenderInput, "secrets" | "isolation">;
}

type Context = Pick<ReconcileContext, "cache" | "settings">;

/** Labels that one Deployment at most has together. */
const PLACE = [
  LABELS.organization,
  LABELS.project,
  LABELS.component,
  LABELS.deploymentTrack,
  LABELS.environment,
] as const;

/** Looks everything up. Throws HierarchyMissing for a missing parent, and Blocked for anything else that is missing. */
export const resolveDeployment = (deployment: Deployment, context: Context): Resolved => {
  const slot = requireSlot(deployment);
  const project = requireParent(context, deployment, "Project");
  const component = requireParent(context, deployment, "Component");
  const track = requireParent(context, deployment, "DeploymentTrack");
  const environment = requireParent(context, deployment, "Environment");
  const plane = requireDataPlane(context, environment);
  const { artifact, image } = resolveArtifact(deployment, component, context);
  const type = requireWorkloadType(component);
  refuseForeignOrganization(deployment, context);
  refuseTwin(deployment, context);
  const { configuration } = artifact.spec;
  const application = mergeApplication(configuration?.application, deployment.spec.configurationOverrides?.application);
  if (type === "ScheduledTask" && application.task?.schedule === undefined) {
    throw new Blocked("ScheduleMissing", "configuration.application.task.schedule is not set");
  }
  const groups = resolveGroups(application, deployment, { environment, context });
  const input = {
    slot,
    component: component.metadata.name,
    track: track.metadata.name,
    type,
    image,
    pullSecret: component.spec.source?.containerRegistry?.authentication?.secretRef,
    ...podsOf({ component, deployment, context, built: isBuilt(artifact) ? image : undefined }),
    revisionHistoryLimit: deployment.spec.revisionHistoryLimit,
    application,
    endpointTemplates: isTask(type) ? [] : (configuration?.endpointTemplates ?? []),
    groups,
  };
  return { slot, project, environment, plane, artifactGeneration: artifact.metadata.generation, input };
};

/** What only one kind of engine knows: folders that programs run from, or saved files that are laid over an image. */
const podsOf = ({
  component,
  deployment,
  built,
  context: { settings },
}: Omit<ProcessInput, "builds"> & { readonly context: Context }): Pick<RenderInput, "annotations" | "devMode"> => {
  const { builds } = settings;
  if (builds !== undefined) return { annotations: processAnnotations({ component, deployment, built, builds }) };
  const devMode = devModeOf(deployment);
  return devMode === undefined
    ? { annotations: {} }
    : { annotations: { [ANNOTATIONS.devMode]: devAnnotation(devMode) }, devMode };
};

const isBuilt = ({ spec }: DeployableArtifact): boolean => spec.targetArtifact.fromBuildRef !== undefined;

const requireWorkloadType = (component: Component): WorkloadType => {
  const found = WORKLOAD_TYPES.find((type) => type === component.spec.type);
  if (found !== undefined) return found;
  const problem = checkComponentType(component);
  throw new Blocked(
    "UnsupportedComponentType",
    problem?.message ?? `Type ${component.spec.type} cannot be deployed yet`,
  );
};

/** Names in the planes are made from the organization's label: in another's namespace it would claim what is not its own. */
const refuseForeignOrganization = (deployment: Deployment, context: Context): void => {
  const why = foreignOrganization(context, deployment);
  if (why !== undefined) throw new Blocked("NamespaceMismatch", why);
};

/** Two Deployments of one track in one environment would write the same workload in turns: the older one has it. */
const refuseTwin = (deployment: Deployment, context: Context): void => {
  const older = twinsOf(deployment, context).find((twin) => compareAge(twin, deployment) < 0);
  if (older === undefined) return;
  const message = `Deployment "${older.metadata.name}" already deploys this track to the same environment`;
  throw new Blocked("DeploymentConflict", message);
};

/** Other Deployments of the same component and track in the same environment. */
export const twinsOf = (deployment: Deployment, { cache }: Pick<ReconcileContext, "cache">): Deployment[] => {
  const { name, namespace } = deployment.metadata;
  const labels = Object.fromEntries(PLACE.map((label) => [label, labelOf(deployment, label) ?? ""]));
  return cache<Deployment>("Deployment")
    .list({ namespace, labels })
    .filter((other) => other.metadata.name !== name);
};

const resolveGroups = (
  application: RenderInput["application"],
  deployment: Deployment,
  { environment, context }: { readonly environment: Environment; readonly context: Context },
): GroupValues[] =>
  referencedGroups(application).map((ref) => {
    const group: ConfigurationGroup | undefined = findReference(context, deployment, {
      kind: "ConfigurationGroup",
      name: ref,
    });
    if (group === undefined) throw new Blocked("ConfigurationGroupNotFound", `There is no ConfigurationGroup "${ref}"`);
    return resolveGroup(group, { ref, application, environment: nameOf(environment) });
  });
