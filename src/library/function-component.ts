import { CHOREO_API, LABELS } from "../crds/labels.ts";
import type { AnyObject } from "../k8s/types.ts";
import { DEFAULT_PROJECT } from "../planes/defaults.ts";

/** The image by which the embedded engine finds a function. No registry has it. */
const REPOSITORY = "function.choreo.dev";
const PORT = 8080;

export interface FunctionComponent {
  readonly name: string;
  readonly organization: string;
  readonly environment: string;
  /** Another number is another version: the pod before serves until the new one does. */
  readonly version: number;
}

export const functionImage = ({ name, organization, version }: FunctionComponent): string =>
  `${REPOSITORY}/${organization}/${name}:${version}`;

/** The resources of a component that a function answers for, as a user would write them for an image. */
export const functionResources = (component: FunctionComponent): AnyObject[] => {
  const { name, organization, environment, version } = component;
  const above = { [LABELS.organization]: organization, [LABELS.project]: DEFAULT_PROJECT };
  const inTrack = { ...above, [LABELS.component]: name, [LABELS.deploymentTrack]: "main" };
  const object = (kind: string, own: string, labels: Record<string, string>, spec: object): AnyObject => ({
    apiVersion: CHOREO_API,
    kind,
    metadata: { name: own, namespace: organization, labels: { [LABELS.name]: own, ...labels } },
    spec,
  });
  const endpoint = { metadata: { name }, spec: { type: "HTTP", service: { port: PORT, basePath: "/" } } };
  const artifact = `${name}-${version}`;
  return [
    object("Component", name, above, {
      type: "Service",
      source: { containerRegistry: { imageName: `${REPOSITORY}/${organization}/${name}` } },
    }),
    object("DeploymentTrack", `${name}-main`, { ...above, [LABELS.component]: name, [LABELS.name]: "main" }, {}),
    object("DeployableArtifact", artifact, inTrack, {
      targetArtifact: { fromImageRef: { tag: String(version) } },
      configuration: { endpointTemplates: [endpoint] },
    }),
    object(
      "Deployment",
      `${name}-${environment}`,
      { ...inTrack, [LABELS.environment]: environment },
      { deploymentArtifactRef: artifact },
    ),
  ];
};
