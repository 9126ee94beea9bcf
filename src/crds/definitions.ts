import { createHash } from "node:crypto";
import type { AnyObject } from "../k8s/types.ts";
import { GROUP, type Kind, VERSION } from "./kind.ts";
import { build, deployableArtifact } from "./kinds/builds.ts";
import { configurationGroup, deployment, endpoint } from "./kinds/deployments.ts";
import { deploymentPipeline, environment } from "./kinds/environments.ts";
import { organization } from "./kinds/organization.ts";
import { buildPlane, dataPlane } from "./kinds/planes.ts";
import { component, deploymentTrack, project } from "./kinds/projects.ts";

/** All kinds of the platform, parents first. */
export const KINDS: readonly Kind[] = [
  organization,
  dataPlane,
  buildPlane,
  environment,
  deploymentPipeline,
  project,
  component,
  deploymentTrack,
  build,
  deployableArtifact,
  deployment,
  endpoint,
  configurationGroup,
];

/** Annotation with the hash of all definitions: tells the plan whether what is installed is what this version brings. */
export const CRDS_HASH = "choreo.dev/definitions-hash";

/** The CustomResourceDefinitions of all kinds. */
export const customResourceDefinitions = (): AnyObject[] => {
  const hash = crdsHash();
  return KINDS.map((kind) => {
    const definition = definitionOf(kind);
    return { ...definition, metadata: { ...definition.metadata, annotations: { [CRDS_HASH]: hash } } };
  });
};

export const crdsHash = (): string =>
  createHash("sha256")
    .update(JSON.stringify(KINDS.map(definitionOf)))
    .digest("hex")
    .slice(0, 16);

const definitionOf = (kind: Kind): AnyObject => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: {
    name: `${kind.plural}.${GROUP}`,
    labels: { "app.kubernetes.io/managed-by": "choreo-dev", "app.kubernetes.io/part-of": "choreo" },
  },
  spec: {
    group: GROUP,
    scope: kind.scope,
    names: {
      kind: kind.kind,
      listKind: `${kind.kind}List`,
      plural: kind.plural,
      singular: kind.kind.toLowerCase(),
      ...(kind.shortNames.length === 0 ? {} : { shortNames: kind.shortNames }),
      ...(kind.categories === undefined ? {} : { categories: kind.categories }),
    },
    versions: [
      {
        name: VERSION,
        served: true,
        storage: true,
        subresources: { status: {} },
        additionalPrinterColumns: kind.columns,
        schema: {
          openAPIV3Schema: {
            type: "object",
            description: kind.description,
            properties: {
              apiVersion: { type: "string" },
              kind: { type: "string" },
              metadata: { type: "object" },
              spec: kind.spec.json,
              status: kind.status.json,
            },
            ...(kind.specRequired ? { required: ["spec"] } : {}),
            ...(kind.rules === undefined ? {} : { "x-kubernetes-validations": kind.rules }),
          },
        },
      },
    ],
  },
});
