import { LABELS, REQUIRED_LABELS } from "../../crds/labels.ts";
import { ciNamespace, generateName, imageRepository, LIMITS, workflowName } from "../../crds/names.ts";
import type { Build, BuildPlane, Component, DataPlane, DeploymentTrack, Project } from "../../crds/types.ts";
import { HierarchyMissing, labelOf, requireParent } from "../hierarchy.ts";
import type { ReconcileContext } from "../reconciler.ts";
import { findBuildPlane } from "./plane.ts";

/** What a build is made from, with the names of what it makes. */
export interface BuildInput {
  readonly build: Build;
  readonly component: Component;
  readonly track: DeploymentTrack;
  readonly project: Project;
  /** A BuildPlane, or the DataPlane that stands in for one. */
  readonly plane: BuildPlane | DataPlane;
  /** Namespace of the workflow in the build plane. */
  readonly namespace: string;
  readonly workflow: string;
  readonly image: {
    /** Without a registry. */
    readonly repository: string;
    /** The revision is put behind it. */
    readonly tagPrefix: string;
    /** Prefixes that it is pushed to. */
    readonly registries: readonly string[];
  };
}

/** Looks up what a Build is made from. Throws HierarchyMissing that says what is missing. */
export const resolveBuild = (build: Build, context: Pick<ReconcileContext, "cache" | "settings">): BuildInput => {
  const [organization, projectName, componentName, trackName] = [
    LABELS.organization,
    LABELS.project,
    LABELS.component,
    LABELS.deploymentTrack,
  ].map((label) => labelOf(build, label));
  const project = requireParent(context, build, "Project");
  const component = requireParent(context, build, "Component");
  const track = requireParent(context, build, "DeploymentTrack");
  if (!organization || !projectName || !componentName || !trackName)
    throw new HierarchyMissing(`labels ${(REQUIRED_LABELS["Build"] ?? []).join(", ")} are needed`);
  const plane = findBuildPlane(build, context);
  return {
    ...{ build, component, track, project, plane },
    namespace: ciNamespace(organization),
    workflow: workflowName(build.metadata.name),
    image: {
      repository: imageRepository(organization, projectName, componentName),
      tagPrefix: generateName(LIMITS.tag, trackName),
      registries: registriesOf(plane, context.settings.pullRegistry),
    },
  };
};

/** Copy of the Secret with the credentials of the component's repository. */
export const gitAuthName = ({ workflow }: BuildInput): string => `git-${workflow}`.slice(0, 63);

export const hasGitAuth = ({ build, component }: BuildInput): boolean =>
  build.spec.source?.artifact === undefined &&
  component.spec.source?.gitRepository?.authentication?.secretRef !== undefined;

/** Secrets whose keys the steps of a build see. */
export const buildSecrets = ({ build }: BuildInput): string[] =>
  (build.spec.buildEnvironment?.envFrom ?? []).map(({ secretRef }) => secretRef);

/** The plane's own registries, or the platform's. */
const registriesOf = (plane: BuildPlane | DataPlane, platform: string): string[] => {
  const own = plane.kind === "BuildPlane" ? (plane as BuildPlane).spec.registries : undefined;
  return own === undefined || own.length === 0 ? [platform] : own.map(({ prefix }) => prefix);
};
