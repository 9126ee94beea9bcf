import { SYSTEM_NAMESPACE } from "../addons/inventory.ts";
import type { AnyObject, ObjectRef } from "../k8s/types.ts";

/** In manifests, the image that was built. */
export const IMAGE_PLACEHOLDER = "${image}";

/** What containers with the placeholder run: an image, or on an engine without images the source folder. */
export type BuiltProgram =
  | { readonly image: string }
  | {
      readonly folder: string;
      readonly image: string;
      readonly digest: string;
      /** URL of the plane's API server as processes of this machine reach it. */
      readonly server: string;
    };

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
  readonly spec?: PodSpec;
}

interface PodSpec {
  readonly serviceAccountName?: string;
  readonly automountServiceAccountToken?: boolean;
  readonly volumes?: readonly object[];
  readonly containers?: readonly {
    readonly name: string;
    readonly image?: string;
    readonly env?: readonly { readonly name: string }[];
    readonly volumeMounts?: readonly { readonly mountPath: string }[];
  }[];
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
  if (!("folder" in built) || !isPodTemplate(value)) return inner;
  return {
    ...inner,
    metadata: fromFolder(value, built),
    spec: withAccount((inner as { spec: PodSpec }).spec, built.server),
  };
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

const ACCOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount";
const ACCOUNT_VOLUME = "api-access";

/**
 * Token and CA, as the admission of a real API server mounts them, and the address of the API server, which pods of the
 * embedded engine reach by that of the machine only.
 */
const withAccount = (spec: PodSpec, server: string): PodSpec => {
  if (spec.serviceAccountName === undefined || spec.automountServiceAccountToken === false) return spec;
  const sources = [
    { serviceAccountToken: { path: "token", expirationSeconds: 3607 } },
    { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
    { downwardAPI: { items: [{ path: "namespace", fieldRef: { fieldPath: "metadata.namespace" } }] } },
  ];
  const { hostname, port } = new URL(server);
  const address = [
    { name: "KUBERNETES_SERVICE_HOST", value: hostname },
    { name: "KUBERNETES_SERVICE_PORT", value: port },
    { name: "KUBERNETES_SERVICE_PORT_HTTPS", value: port },
  ];
  const mount = { name: ACCOUNT_VOLUME, mountPath: ACCOUNT_PATH, readOnly: true };
  return {
    ...spec,
    volumes: [...(spec.volumes ?? []), { name: ACCOUNT_VOLUME, projected: { sources } }],
    containers: (spec.containers ?? []).map((container) => {
      const { volumeMounts = [], env = [] } = container;
      const has = volumeMounts.some(({ mountPath }) => mountPath === ACCOUNT_PATH);
      const set = new Set(env.map(({ name }) => name));
      return {
        ...container,
        env: [...env, ...address.filter(({ name }) => !set.has(name))],
        volumeMounts: has ? volumeMounts : [...volumeMounts, mount],
      };
    }),
  };
};

const WORKLOADS: ReadonlySet<string> = new Set(["Deployment", "StatefulSet", "DaemonSet"]);

/** What has to be ready: its workloads. */
export const readyRefs = (objects: readonly AnyObject[]): ObjectRef[] =>
  objects
    .filter(({ apiVersion, kind }) => apiVersion === "apps/v1" && WORKLOADS.has(kind))
    .map(({ apiVersion, kind, metadata: { name, namespace } }) => ({ apiVersion, kind, name, namespace }));
