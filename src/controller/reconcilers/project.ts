import { FINALIZERS, LABELS, PLANE_LABELS } from "../../crds/labels.ts";
import type { DeploymentPipeline, Organization, Project } from "../../crds/types.ts";
import { childrenOf, deleteInPhases } from "../children.ts";
import type { Statement } from "../conditions.ts";
import { isForced } from "../force-delete.ts";
import { foreignOrganization, labelOf, nameOf } from "../hierarchy.ts";
import { reconcilerOf } from "../lifecycle.ts";
import { deletePlaneNamespaces } from "../plane-namespaces.ts";
import type { ReconcileContext, Reconciler } from "../reconciler.ts";
import { hasTwin } from "../twins.ts";
import { validateProject } from "../validation.ts";
import { wakeAll, wakeChildren, wakeParent } from "../watches.ts";

/** Says whether a project is valid; takes its components and its namespaces on every data plane down with it. */
export const projectReconciler: Reconciler = reconcilerOf({
  kind: "Project",
  watches: [
    wakeParent("Component", "Project"),
    wakeChildren("Organization", "Project"),
    wakeAll("DeploymentPipeline", "Project"),
    wakeAll("Project", "Project"),
  ],
  main: { type: "Created", reason: "ProjectCreated", message: "The project is registered" },
  observe: async (project: Project, context) => ({ statements: [validity(project, context)] }),
  deletion: {
    finalizer: FINALIZERS.Project,
    condition: { type: "Finalizing", status: true, reason: "ProjectFinalizing" },
    finalize: (project, context) => finalize(project, context),
  },
});

const validity = (project: Project, context: ReconcileContext): Statement => {
  const { namespace } = project.metadata;
  const [problem] = validateProject(project, {
    organizations: context.cache<Organization>("Organization").list(),
    pipelines: context.cache<DeploymentPipeline>("DeploymentPipeline").list({ namespace }),
    projects: context.cache<Project>("Project").list({ namespace }),
  });
  return problem === undefined
    ? { type: "Valid", status: true, reason: "ProjectValid", message: "The project is valid" }
    : { type: "Valid", status: false, reason: problem.reason, message: problem.message };
};

const finalize = async (project: Project, context: ReconcileContext): Promise<string | undefined> => {
  const components = childrenOf(context, project, { parent: "Project", child: "Component" });
  const waitsFor = await deleteInPhases(context, [[components]]);
  if (waitsFor !== undefined || hasTwin(project, context) || foreignOrganization(context, project)) return waitsFor;
  const { namespace = "" } = project.metadata;
  return await deletePlaneNamespaces(context, context.cache("DataPlane").list({ namespace }), {
    labels: {
      [PLANE_LABELS.organization]: labelOf(project, LABELS.organization) ?? namespace,
      [PLANE_LABELS.project]: nameOf(project),
    },
    forced: isForced(context, project),
  });
};
