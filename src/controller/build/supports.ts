import { MANAGED_BY } from "../../crds/labels.ts";
import type { KubeClient } from "../../k8s/client.ts";
import type { AnyObject } from "../../k8s/types.ts";
import type { PlaneCall } from "../deployment/planes.ts";
import type { ReconcileContext } from "../reconciler.ts";
import type { BuildInput } from "./inputs.ts";
import { readStepFiles } from "./step-files.ts";

export const SERVICE_ACCOUNT = "workflow-sa";
export const STEPS_CONFIG_MAP = "choreo-build-steps";
/** Copy of the Secret with the credentials of the component's repository. */
export const gitAuthName = ({ workflow }: BuildInput): string => `git-${workflow}`.slice(0, 63);

const LABELS = { "managed-by": MANAGED_BY.build };

/** Makes what workflows need beside themselves: their namespace, what they may do, their scripts and credentials. */
export const applySupports = async (
  client: KubeClient,
  input: BuildInput,
  { context, call }: { readonly context: ReconcileContext; readonly call: PlaneCall },
): Promise<void> => {
  const { namespace } = input;
  await client.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels: LABELS } }, call);
  const secret = await gitSecret(input, context);
  const objects = [
    ...permissions(namespace),
    await stepsConfigMap(namespace),
    ...(secret === undefined ? [] : [secret]),
  ];
  await Promise.all(objects.map((object) => client.apply(object, call)));
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

/** Users keep the Secret beside their Component, in the control plane; workflows run in another cluster. */
const gitSecret = async (input: BuildInput, { client, signal }: ReconcileContext): Promise<AnyObject | undefined> => {
  const name = input.component.spec.source?.gitRepository?.authentication?.secretRef;
  if (name === undefined || input.build.spec.source?.artifact !== undefined) return undefined;
  const { namespace } = input.build.metadata;
  const found = await client.get({ apiVersion: "v1", kind: "Secret", name, namespace }, { signal });
  if (found === undefined) throw new Error(`there is no Secret "${name}" in namespace ${namespace}`);
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: gitAuthName(input), namespace: input.namespace, labels: LABELS },
    data: found["data"] ?? {},
  };
};
