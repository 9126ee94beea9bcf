import type { AnyObject } from "../../../k8s/types.ts";
import type { ResourceType } from "../api/resource-type.ts";
import { prune } from "../schema/prune.ts";
import type { Rules } from "./rules.ts";

/** Built-in kinds. */
export const builtinRules = (type: ResourceType): Rules => {
  const hasStatus = type.subresources.some(({ name }) => name === "status");
  return {
    dropUnknown: (object) => (type.schema === undefined ? [] : prune(object, type.schema)),
    setDefaults: () => undefined,
    prepareCreate: (object) => {
      if (hasStatus) delete object["status"];
    },
    prepareUpdate: (object, old) => {
      if (hasStatus && type.resource !== "pods") keep(object, old, "status");
    },
    prepareStatus: (object, old) => {
      keep(object, old, "spec");
    },
    validateCreate: () => Promise.resolve([]),
    validateUpdate: () => Promise.resolve([]),
    createsOnUpdate: false,
    updatesBlindly: true,
  };
};

const keep = (object: AnyObject, old: AnyObject, field: string): void => {
  if (old[field] === undefined) delete object[field];
  else object[field] = old[field];
};
