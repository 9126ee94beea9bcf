import { SYSTEM_NAMESPACE } from "../addons/inventory.ts";
import type { AnyObject, ObjectRef } from "../k8s/types.ts";

/** In manifests, the image that was built. */
export const IMAGE_PLACEHOLDER = "${image}";

/** What containers with the placeholder run: an image, or on an engine without images the source folder. */
export type BuiltProgram =
  { readonly image: string } | { readonly folder: string; readonly image: string; readonly digest: string };

/** Completes the objects of a platform component: their namespace, and what their containers run. */
export const renderObjects = (manifests: readonly AnyObject[], built: BuiltProgram): AnyObject[] =>
  manifests.map((object) => inNamespace(withProgram(object, built)));

/** Whether any container takes what is built. */
export const takesImage = (manifests: readonly AnyObject[]): boolean =>
  JSON.stringify(manifests).includes(JSON.stringify(IMAGE_PLACEHOLDER));

const CLUSTER_SCOPED: ReadonlySet<string> = new Set([
  ...["Namespace", "Node", "PersistentVolume", "ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition"],
  ...["APIService", "PriorityClass", "RuntimeClass", "StorageClass", "IngressClass", "GatewayClass", "CSIDriver"],
  ...["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "ValidatingAdmissionPolicy"],
  ...["ValidatingAdmissionPolicyBinding", "Organization", "CiliumClusterwideNetworkPolicy", "ClusterWorkflowTemplate"],
]);

const inNamespace = (object: AnyObject): AnyObject =>
  CLUSTER_SCOPED.has(object.kind) || object.metadata.namespace !== undefined
    ? object
    : { ...object, metadata: { ...object.metadata, namespace: SYSTEM_NAMESPACE } };

interface PodTemplate {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec?: { readonly containers?: readonly { readonly name: string; readonly image?: string }[] };
}

/** Every pod template in an object, wherever its kind has it; and in all of it the placeholder. */
const withProgram = (object: AnyObject, built: BuiltProgram): AnyObject => walk(object, built) as AnyObject;

const walk = (value: unknown, built: BuiltProgram): unknown => {
  if (value === IMAGE_PLACEHOLDER) return built.image;
  if (Array.isArray(value)) return value.map((one) => walk(one, built));
  if (typeof value !== "object" || value === null) return value;
  const inner = {
    // The last lines of a program that crashed reach whoever waits for it.
    ...((value as { image?: unknown }).image === IMAGE_PLACEHOLDER && {
      terminationMessagePolicy: "FallbackToLogsOnError",
    }),
    ...Object.fromEntries(Object.entries(value).map(([key, one]) => [key, walk(one, built)])),
  };
  return "folder" in built && isPodTemplate(value) ? { ...inner, metadata: fromFolder(value, built) } : inner;
};

const isPodTemplate = (value: object): value is PodTemplate =>
  Array.isArray((value as PodTemplate).spec?.containers) && "spec" in value;

/** Processes are told where they run from; another digest is another pod. */
const fromFolder = (
  { metadata, spec }: PodTemplate,
  { folder, digest }: Extract<BuiltProgram, { folder: string }>,
): object => ({
  ...metadata,
  annotations: {
    ...metadata?.annotations,
    ...Object.fromEntries(
      (spec?.containers ?? [])
        .filter(({ image }) => image === IMAGE_PLACEHOLDER)
        .map(({ name }) => [`process.choreo.dev/dir.${name}`, folder]),
    ),
    "process.choreo.dev/source": digest,
  },
});

const WORKLOADS: ReadonlySet<string> = new Set(["Deployment", "StatefulSet", "DaemonSet"]);

/** What has to be ready: its workloads. */
export const readyRefs = (objects: readonly AnyObject[]): ObjectRef[] =>
  objects
    .filter(({ apiVersion, kind }) => apiVersion === "apps/v1" && WORKLOADS.has(kind))
    .map(({ apiVersion, kind, metadata: { name, namespace } }) => ({ apiVersion, kind, name, namespace }));
