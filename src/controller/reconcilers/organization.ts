import type { AnyObject, KubeObject, OwnerReference } from "../../k8s/types.ts";
import { CHOREO_API, FINALIZERS, LABELS, MANAGED_BY } from "../../crds/labels.ts";
import type { Organization } from "../../crds/types.ts";
import { deleteInPhases } from "../children.ts";
import { conditionsOf } from "../conditions.ts";
import { isDeleting } from "../finalizers.ts";
import { type Observation, reconcilerOf } from "../lifecycle.ts";
import type { Key, ReconcileContext, Reconciler } from "../reconciler.ts";

/**
 * What has to be gone before what. Leaving it to the deletion of the namespace would run all finalizers at once, and
 * those that need a pipeline, an environment or a plane could find it gone. The kinds between Project and Environment
 * are there for objects that lost their parent.
 */
const DELETION_ORDER = [
  ["Project"],
  ["Component"],
  ["DeploymentTrack"],
  ["Deployment"],
  ["Endpoint"],
  ["DeployableArtifact", "Build"],
  ["Environment"],
  ["DataPlane", "BuildPlane", "DeploymentPipeline", "ConfigurationGroup"],
] as const;

const TERMINATING_RETRY_MS = 1000;

/** Makes the namespace of an organization, and takes the organization down in an order that cannot lock up. */
export const organizationReconciler: Reconciler = reconcilerOf({
  kind: "Organization",
  watches: [
    {
      apiVersion: "v1",
      kind: "Namespace",
      labelSelector: `${LABELS.managedBy}=${MANAGED_BY.control}`,
      keys: ({ metadata }) => [{ namespace: undefined, name: metadata.name }],
    },
    ...DELETION_ORDER.flat().map((kind) => ({
      kind,
      keys: (object: AnyObject, context: ReconcileContext) => deletedOrganization(object, context),
    })),
  ],
  main: { type: "Ready", reason: "NamespaceCreated", message: "The namespace is there" },
  observe: (organization: Organization, context) => ensureNamespace(organization, context),
  deletion: {
    finalizer: FINALIZERS.Organization,
    condition: { type: "Deleting", status: true, reason: "OrganizationFinalizing" },
    finalize: (organization, context) => finalize(organization, context),
  },
});

/** Everything in its namespace concerns an organization only while it waits for it to go. */
const deletedOrganization = ({ metadata }: KubeObject, context: ReconcileContext): Key[] => {
  const key = { namespace: undefined, name: metadata.namespace ?? "" };
  const organization = context.cache("Organization").get(key);
  return organization !== undefined && isDeleting(organization) ? [key] : [];
};

const ensureNamespace = async (organization: Organization, context: ReconcileContext): Promise<Observation> => {
  const { name } = organization.metadata;
  const found = await getNamespace(organization, context);
  if (found !== undefined && isDeleting(found)) {
    const message = `Namespace ${name} is being deleted`;
    const statement = { type: "Ready", status: false, reason: "NamespaceTerminating", message };
    return { statements: [statement], againAfterMs: TERMINATING_RETRY_MS };
  }
  const labels = { [LABELS.managedBy]: MANAGED_BY.control, [LABELS.organization]: name, [LABELS.name]: name };
  const ours = found === undefined || isOwned(found, organization);
  const metadata = { name, labels, ...(ours && { ownerReferences: [ownerReference(organization)] }) };
  if (!hasAll(found, metadata)) {
    await context.client.apply({ apiVersion: "v1", kind: "Namespace", metadata }, { signal: context.signal });
  }
  return { fields: { namespace: name } };
};

const finalize = async (organization: Organization, context: ReconcileContext): Promise<string | undefined> => {
  const namespace = organization.metadata.name;
  const waitsFor = await deleteInPhases(
    context,
    DELETION_ORDER.map((phase) => phase.map((kind) => ({ kind, namespace, where: () => true }))),
  );
  if (waitsFor !== undefined) return waitsFor;
  const found = await getNamespace(organization, context);
  if (found === undefined) return undefined;
  if (!isOwned(found, organization)) {
    const message = `Namespace ${namespace} was there before the organization and stays`;
    await context.event(organization, { type: "Normal", reason: "NamespaceKept", message });
    return undefined;
  }
  if (!isDeleting(found)) {
    await context.client.delete({ apiVersion: "v1", kind: "Namespace", name: namespace }, { signal: context.signal });
  }
  return `namespace ${namespace} to be deleted${blockedBy(found)}`;
};

const getNamespace = async ({ metadata }: KubeObject, context: ReconcileContext): Promise<AnyObject | undefined> =>
  await context.client.get({ apiVersion: "v1", kind: "Namespace", name: metadata.name }, { signal: context.signal });

/** A namespace of an earlier organization of the same name is ours as well: the owner reference is renewed. */
const isOwned = (namespace: KubeObject, { metadata }: KubeObject): boolean =>
  namespace.metadata.ownerReferences?.some(({ kind, name }) => kind === "Organization" && name === metadata.name) ??
  false;

const ownerReference = ({ metadata }: KubeObject): OwnerReference => ({
  apiVersion: CHOREO_API,
  kind: "Organization",
  name: metadata.name,
  uid: metadata.uid ?? "",
  controller: true,
  blockOwnerDeletion: true,
});

const hasAll = (
  found: KubeObject | undefined,
  wanted: { labels: Record<string, string>; ownerReferences?: OwnerReference[] },
): boolean =>
  found !== undefined &&
  Object.entries(wanted.labels).every(([label, value]) => found.metadata.labels?.[label] === value) &&
  (wanted.ownerReferences ?? []).every(({ uid }) => found.metadata.ownerReferences?.some((owner) => owner.uid === uid));

/** The API server says in the namespace's own conditions what it still has to remove. */
const blockedBy = (namespace: KubeObject): string => {
  const blockers = conditionsOf(namespace).filter(
    ({ type, status }) => /Remaining|Failure/.test(type) && status === "True",
  );
  return blockers.length === 0 ? "" : ` (${blockers.map(({ message }) => message).join("; ")})`;
};
