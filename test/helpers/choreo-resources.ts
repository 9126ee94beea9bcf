import type { AnyObject } from "../../src/k8s/types.ts";

/** Resources of one organization, as a user would write them. */
export const resourcesOf = (organization: string): Resources => {
  const make = (kind: string, name: string, labels: Record<string, string>, spec: object): AnyObject =>
    coreObject(kind, name, { organization, name, ...labels }, spec);
  return {
    organization: () => {
      const { namespace: _, ...metadata } = make("Organization", organization, {}, {}).metadata;
      return { apiVersion: "core.choreo.dev/v1", kind: "Organization", metadata, spec: {} };
    },
    dataPlane: (name, server = "https://data.test") =>
      make(
        "DataPlane",
        name,
        {},
        {
          registry: { unauthenticated: ["choreo-registry:5000"] },
          kubernetesCluster: kubernetesCluster(server),
          gateway: { publicVirtualHost: "choreoapis.localhost", organizationVirtualHost: "choreoapis.internal" },
        },
      ),
    buildPlane: (name, server = "https://build.test") =>
      make("BuildPlane", name, {}, { kubernetesCluster: kubernetesCluster(server) }),
    environment: (name, dataPlane) =>
      make("Environment", name, {}, { dataPlaneRef: dataPlane, gateway: { dnsPrefix: name } }),
    pipeline: (name, environments) =>
      make("DeploymentPipeline", name, {}, { promotionPaths: pathsThrough(environments) }),
    project: (name, pipeline) => make("Project", name, {}, { deploymentPipelineRef: pipeline }),
    component: (name, project, type = "Service") =>
      make(
        "Component",
        name,
        { project },
        { type, source: { containerRegistry: { imageName: "docker.io/library/nginx" } } },
      ),
    track: (name, project, component) => make("DeploymentTrack", name, { project, component }, {}),
    artifact: (name, [project, component, track]) =>
      make(
        "DeployableArtifact",
        name,
        { project, component, "deployment-track": track },
        { targetArtifact: { fromImageRef: { tag: "1.26" } } },
      ),
    build: (name, [project, component, track]) =>
      make(
        "Build",
        name,
        { project, component, "deployment-track": track },
        { buildConfiguration: { docker: { context: "/", dockerfilePath: "/Dockerfile" } } },
      ),
    deployment: (name, [project, component, track], { environment, artifact }) =>
      make(
        "Deployment",
        name,
        { project, component, "deployment-track": track, environment },
        { deploymentArtifactRef: artifact },
      ),
  };
};

type Path = readonly [project: string, component: string, track: string];

export interface Resources {
  organization(): AnyObject;
  dataPlane(name: string, server?: string): AnyObject;
  buildPlane(name: string, server?: string): AnyObject;
  environment(name: string, dataPlane: string): AnyObject;
  pipeline(name: string, environments: readonly string[]): AnyObject;
  project(name: string, pipeline: string): AnyObject;
  component(name: string, project: string, type?: string): AnyObject;
  track(name: string, project: string, component: string): AnyObject;
  artifact(name: string, path: Path): AnyObject;
  build(name: string, path: Path): AnyObject;
  deployment(name: string, path: Path, refs: { environment: string; artifact: string }): AnyObject;
}

/** One of each kind, in the order of the hierarchy: project `shop`, component `cart`, environments `dev` and `prod`. */
export const wholeOrganization = (organization: string, server?: string): AnyObject[] => {
  const make = resourcesOf(organization);
  const path = ["shop", "cart", "cart-main"] as const;
  return [
    make.organization(),
    make.dataPlane("plane", server),
    make.buildPlane("builder", server),
    make.environment("dev", "plane"),
    make.environment("prod", "plane"),
    make.pipeline("pipeline", ["dev", "prod"]),
    make.project("shop", "pipeline"),
    make.component("cart", "shop"),
    make.track("cart-main", "shop", "cart"),
    make.artifact("cart-1", path),
    make.deployment("cart-dev", path, { environment: "dev", artifact: "cart-1" }),
  ];
};

/** A resource of the platform; its organization is one of its labels, which are written without their prefix. */
export const coreObject = (
  kind: string,
  name: string,
  labels: Readonly<Record<string, string>> & { readonly organization: string },
  spec: object,
): AnyObject => {
  const prefixed = Object.entries(labels).map(([label, value]) => [`core.choreo.dev/${label}`, value] as const);
  const metadata = { name, namespace: labels.organization, labels: Object.fromEntries(prefixed) };
  return { apiVersion: "core.choreo.dev/v1", kind, metadata, spec };
};

/** Credentials that look right; a test's `connect` decides by the server alone. */
const kubernetesCluster = (apiServerURL: string): object => {
  const pem = Buffer.from("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n").toString("base64");
  return { name: "cluster", credentials: { apiServerURL, caCert: pem, clientCert: pem, clientKey: pem } };
};

const pathsThrough = (environments: readonly string[]): object[] =>
  environments.slice(0, -1).map((sourceEnvironmentRef, index) => ({
    sourceEnvironmentRef,
    targetEnvironmentRefs: [{ name: environments[index + 1] }],
  }));
