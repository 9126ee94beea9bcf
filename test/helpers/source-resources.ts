import type { AnyObject } from "../../src/k8s/types.ts";
import { coreObject } from "./choreo-resources.ts";

/** A resource in the project that every platform begins with. */
export const defaultObject = (kind: string, name: string, labels: Record<string, string>, spec: object): AnyObject =>
  coreObject(kind, name, { organization: "default-org", project: "default-project", ...labels }, spec);

/** What a user writes for a component that is built from the folder `src` beside the file. */
export const sourceResources = ({ name, type }: { readonly name: string; readonly type: string }): object => ({
  ...{ apiVersion: "v1", kind: "List" },
  items: [
    defaultObject("Component", name, { name }, { type, source: { local: { path: "src" } } }),
    defaultObject("DeploymentTrack", `${name}-main`, { name: "main", component: name }, { autoDeploy: true }),
  ],
});
