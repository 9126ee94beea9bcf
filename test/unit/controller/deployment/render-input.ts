import type { EndpointTemplate } from "../../../../src/crds/types.ts";
import type { GroupValues } from "../../../../src/controller/deployment/configuration.ts";
import type { RenderInput } from "../../../../src/controller/deployment/render/input.ts";
import type { Rendered } from "../../../../src/controller/deployment/render/index.ts";
import type { AnyObject } from "../../../../src/k8s/types.ts";

/** Input of a plain web application; tests change what they are about. */
export const renderInput = (changes: Partial<RenderInput> = {}): RenderInput => ({
  slot: {
    organization: "default-org",
    project: "default-project",
    environment: "development",
    component: "react-starter-image",
    track: "main",
    deployment: "development-deployment",
  },
  component: "react-starter-image",
  track: "react-starter-image-main",
  type: "WebApplication",
  image: "docker.io/library/nginx:1.26",
  pullSecret: undefined,
  annotations: {},
  revisionHistoryLimit: undefined,
  application: {},
  endpointTemplates: [template("webapp", "HTTP", 80)],
  groups: [],
  secrets: { mode: "local", values: new Map() },
  isolation: { by: "cilium" },
  ...changes,
});

export const template = (name: string, type: EndpointTemplate["spec"]["type"], port: number): EndpointTemplate => ({
  metadata: { name },
  spec: { type, service: { port } },
});

/** A group with plain values and with secrets, written as `vault:<key>`. */
export const groupOf = (ref: string, values: Record<string, string>): GroupValues => ({
  ref,
  object: ref,
  missing: [],
  entries: Object.entries(values).map(([key, value]) =>
    value.startsWith("vault:")
      ? { key, kind: "secret", vaultKey: value.slice("vault:".length) }
      : { key, kind: "plain", value },
  ),
});

export const objectOf = (rendered: Rendered, kind: string): AnyObject | undefined =>
  [rendered.policy, ...rendered.supports, rendered.workload, ...rendered.followers].find(
    (object) => object.kind === kind,
  );

interface PodFields {
  readonly metadata: { readonly annotations: Record<string, string>; readonly labels: Record<string, string> };
  readonly spec: Record<string, unknown> & { readonly containers: readonly Record<string, unknown>[] };
}

/** The pod template of the workload. */
export const podOf = ({ workload }: Rendered): PodFields => {
  const spec = workload["spec"] as { template?: PodFields; jobTemplate?: { spec: { template: PodFields } } };
  return (spec.template ?? spec.jobTemplate?.spec.template) as PodFields;
};

/** The container of the workload. */
export const containerOf = (rendered: Rendered): Record<string, unknown> => podOf(rendered).spec.containers[0] ?? {};
