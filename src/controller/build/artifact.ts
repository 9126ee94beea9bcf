import { ANNOTATIONS, CHOREO_API, LABELS } from "../../crds/labels.ts";
import type { DeployableArtifact } from "../../crds/types.ts";
import { isKubeError } from "../../k8s/errors.ts";
import type { ReconcileContext } from "../reconciler.ts";
import type { BuildInput } from "./inputs.ts";

type Configuration = NonNullable<DeployableArtifact["spec"]["configuration"]>;

/** Makes the artifact of a finished build, under the build's own name. One that is there already is left as it is. */
export const createArtifact = async (
  { build }: BuildInput,
  configuration: Configuration,
  { client, signal }: Pick<ReconcileContext, "client" | "signal">,
): Promise<void> => {
  const { name, namespace = "", labels = {}, uid = "" } = build.metadata;
  const artifact: DeployableArtifact = {
    apiVersion: CHOREO_API,
    kind: "DeployableArtifact",
    metadata: {
      name,
      namespace,
      labels: { ...hierarchyLabels(labels), [LABELS.name]: name },
      annotations: { [ANNOTATIONS.displayName]: name },
      ownerReferences: [{ apiVersion: CHOREO_API, kind: "Build", name, uid, controller: true }],
    },
    spec: { targetArtifact: { fromBuildRef: { name } }, configuration },
  };
  try {
    await client.create(artifact, { signal });
  } catch (error) {
    if (!isKubeError(error, 409)) throw error;
  }
};

export const hierarchyLabels = (labels: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    [LABELS.organization, LABELS.project, LABELS.component, LABELS.deploymentTrack].flatMap((label) =>
      labels[label] === undefined ? [] : [[label, labels[label]]],
    ),
  );
