import { labelOf, nameOf } from "../controller/hierarchy.ts";
import { LABELS } from "../crds/labels.ts";
import type { KubeClient } from "../k8s/client.ts";
import type { AnyObject, KubeObject } from "../k8s/types.ts";
import type { Kind } from "../crds/kind.ts";
import { typeOf } from "./kinds.ts";

/** Where in the hierarchy to look; undefined: everywhere. */
export interface Scope {
  readonly organization?: string | undefined;
  readonly project?: string | undefined;
  readonly component?: string | undefined;
  readonly environment?: string | undefined;
}

/** Where everything of a component is. */
export const scopeOf = (component: KubeObject): Scope => ({
  organization: component.metadata.namespace,
  project: labelOf(component, LABELS.project),
  component: nameOf(component),
});

/** Objects of a kind within a scope. An organization's objects are in the namespace of its name. */
export const listKind = async (
  client: KubeClient,
  kind: Pick<Kind, "kind">,
  scope: Scope,
  signal: AbortSignal,
): Promise<AnyObject[]> => {
  const isOrganization = kind.kind === "Organization";
  const labelSelector = selectorOf(kind.kind, scope);
  const { items } = await client.list(typeOf(kind), {
    ...(isOrganization ? {} : { namespace: scope.organization }),
    ...(labelSelector === "" ? {} : { labelSelector }),
    signal,
  });
  return isOrganization && scope.organization !== undefined
    ? items.filter(({ metadata }) => metadata.name === scope.organization)
    : items;
};

/** A component is found by `--component`, too, by its own name label. */
const selectorOf = (kind: string, scope: Scope): string => {
  const own: Readonly<Record<string, keyof Scope>> = {
    Project: "project",
    Component: "component",
    Environment: "environment",
  };
  return (["project", "component", "environment"] as const)
    .flatMap((level) =>
      scope[level] === undefined ? [] : [`${own[kind] === level ? LABELS.name : LABELS[level]}=${scope[level]}`],
    )
    .join(",");
};
