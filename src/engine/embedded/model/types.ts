import type { ResourceType } from "../api/resource-type.ts";
import { type RecordedResource, modelData, once } from "./data.ts";
import { schemaOf } from "./schemas.ts";

/** The resources that Kubernetes has without any CustomResourceDefinition, in the order of discovery. */
export const builtinTypes: () => readonly ResourceType[] = once(() => modelData().head.resources.map(typeOf));

/** Whether the group is Kubernetes' own, so that no CustomResourceDefinition adds to it. */
export const isBuiltinGroup = (group: string): boolean =>
  modelData().head.resources.some((resource) => resource.group === group);

/** Whether the deletion of such an object is answered with the object, not with a Status. */
export const returnsDeleted = ({ group, version, kind }: Pick<ResourceType, "group" | "version" | "kind">): boolean =>
  modelData().head.returnDeleted.includes(`${group === "" ? version : `${group}/${version}`} ${kind}`);

const typeOf = (resource: RecordedResource): ResourceType => ({
  ...resource,
  custom: false,
  columns: [],
  // Resolved when somebody looks at it: most kinds of a platform are never used.
  get schema() {
    return schemaOf(resource.group, resource.version, resource.kind);
  },
});
