import { MANAGED_BY } from "../../crds/labels.ts";
import type { KubeClient } from "../../k8s/client.ts";
import type { AnyObject } from "../../k8s/types.ts";
import type { PlaneCall } from "../deployment/planes.ts";
import type { ReconcileContext } from "../reconciler.ts";
import { BuildBlocked } from "./blocked.ts";
import { buildSecrets, type BuildInput, gitAuthName, hasGitAuth } from "./inputs.ts";
import { readStepFiles } from "./step-files.ts";

export const SERVICE_ACCOUNT = "workflow-sa";
export const STEPS_CONFIG_MAP = "choreo-build-steps";
const LABELS = { "managed-by": MANAGED_BY.build };

/** Makes what workflows need beside themselves: their namespace, what they may do, their scripts and credentials. */
export const applySupports = async (
  client: KubeClient,
  input: BuildInput,
  { context, call }: { readonly context: ReconcileContext; readonly call: PlaneCall },
): Promise<void> => {
  const { namespace } = input;
  await client.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels: LABELS } }, call);
  const secrets = await copiedSecrets(client, input, { context, call });
  const scripts = context.settings.builds === undefined ? [await stepsConfigMap(namespace)] : [];
  await Promise.all([...permissions(namespace), ...scripts, ...secrets].map((object) => client.apply(object, call)));
};

/** What Argo's executor needs to report the outputs of a pod. */
const permissions = (namespace: string): AnyObject[] => {
  const metadata = (name: string): AnyObject["metadata"] => ({ name, namespace, labels: LABELS });
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: metadata(SERVICE_ACCOUNT) },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      metadata: metadata("workflow-role"),
      rules: [
        {
          apiGroups: ["argoproj.io"],
          resources: ["workflowtaskresults"],
          verbs: ["create", "get", "list", "watch", "update", "patch"],
        },
      ],
    },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata: metadata("workflow-role-binding"),
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "workflow-role" },
      subjects: [{ kind: "ServiceAccount", name: SERVICE_ACCOUNT, namespace }],
    },
  ];
};

const stepsConfigMap = async (namespace: string): Promise<AnyObject> => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: STEPS_CONFIG_MAP, namespace, labels: LABELS },
  data: await readStepFiles(),
});

/** Users keep Secrets beside their Component, in the control plane; workflows run in another cluster. */
const copiedSecrets = async (
  plane: KubeClient,
  input: BuildInput,
  { context, call }: { readonly context: ReconcileContext; readonly call: PlaneCall },
): Promise<AnyObject[]> => {
  const { client, signal } = context;
  const { namespace = "" } = input.build.metadata;
  const own = (name: string): Promise<AnyObject | undefined> => client.get({ ...SECRET, name, namespace }, { signal });
  const copyOf = (found: AnyObject, name: string): AnyObject => ({
    ...SECRET,
    metadata: { name, namespace: input.namespace, labels: LABELS },
    data: found["data"] ?? {},
  });
  const copies: AnyObject[] = [];
  const git = input.component.spec.source?.gitRepository?.authentication?.secretRef;
  if (git !== undefined && hasGitAuth(input)) {
    const found = await own(git);
    if (found === undefined) throw missing(git, `beside the component, in namespace ${namespace}`);
    copies.push(copyOf(found, gitAuthName(input)));
  }
  for (const name of buildSecrets(input)) {
    const found = await own(name);
    if (found !== undefined) copies.push(copyOf(found, name));
    else if ((await plane.get({ ...SECRET, name, namespace: input.namespace }, call)) === undefined)
      throw missing(name, `in namespace ${namespace}, nor in ${input.namespace} of the build plane`);
  }
  return copies;
};

const SECRET = { apiVersion: "v1", kind: "Secret" } as const;

const missing = (name: string, where: string): BuildBlocked =>
  new BuildBlocked("SecretNotFound", `There is no Secret "${name}" ${where}`);
