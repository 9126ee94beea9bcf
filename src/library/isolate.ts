import { randomBytes } from "node:crypto";
import { CHOREO_API, LABELS } from "../crds/labels.ts";
import type { AnyObject } from "../k8s/types.ts";
import { applyResources, waitForResources } from "../planes/apply-resources.ts";
import { DEFAULT_ORGANIZATION } from "../planes/defaults.ts";
import { DEFAULT_WAIT_MS, type PlatformScope, controlOf } from "./scope.ts";

/** What an organization needs of the default one: the same planes, environments, pipeline and project. */
const COPIED_KINDS = ["DataPlane", "BuildPlane", "Environment", "DeploymentPipeline", "Project"] as const;

/** Makes an organization of a random name, as the default one was made. Returns its name. */
export const makeOrganization = async (scope: PlatformScope): Promise<string> => {
  const name = `t-${randomBytes(5).toString("hex")}`;
  const control = controlOf(scope);
  const { signal } = scope;
  const lists = await Promise.all(
    COPIED_KINDS.map((kind) =>
      control.list({ apiVersion: CHOREO_API, kind }, { namespace: DEFAULT_ORGANIZATION, signal }),
    ),
  );
  const copies = lists.flatMap(({ items }, at) =>
    items.map((object) => copyFor(name, { ...object, apiVersion: CHOREO_API, kind: COPIED_KINDS[at] as string })),
  );
  const organization: AnyObject = {
    apiVersion: CHOREO_API,
    kind: "Organization",
    metadata: { name, labels: { [LABELS.name]: name } },
    spec: {},
  };
  const objects = [organization, ...copies];
  const options = { signal, progress: () => undefined };
  await applyResources(control, objects, options);
  await waitForResources(control, objects, options, DEFAULT_WAIT_MS);
  return name;
};

/** Its deletion is begun; the controller takes everything in it down in its own order. */
export const removeOrganization = async (scope: PlatformScope): Promise<void> => {
  await controlOf(scope).delete(
    { apiVersion: CHOREO_API, kind: "Organization", name: scope.organization },
    { signal: scope.signal },
  );
};

const copyFor = (organization: string, object: AnyObject): AnyObject => {
  const { name, labels } = object.metadata;
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: { name, namespace: organization, labels: { ...labels, [LABELS.organization]: organization } },
    spec: object["spec"],
  };
};
