import type { ResourceType } from "../api/resource-type.ts";
import { builtinRules } from "./builtin.ts";
import { customRules } from "./custom.ts";
import { definitionRules } from "./definition.ts";
import type { Rules } from "./rules.ts";

const known = new WeakMap<ResourceType, Rules>();

/** What is done to the objects of a resource on their way into the store. */
export const rulesOf = (type: ResourceType): Rules => {
  const found = known.get(type) ?? made(type);
  known.set(type, found);
  return found;
};

const made = (type: ResourceType): Rules => {
  if (type.custom) return customRules(type);
  return type.resource === "customresourcedefinitions" ? definitionRules(builtinRules(type)) : builtinRules(type);
};
