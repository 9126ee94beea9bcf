import { defaultDefinition } from "../crd/default-definition.ts";
import { validateDefinition } from "../crd/validate-definition.ts";
import type { Rules } from "./rules.ts";

/** CustomResourceDefinitions: a built-in kind whose validation is a story of its own. */
export const definitionRules = (builtin: Rules): Rules => ({
  ...builtin,
  setDefaults: (object) => {
    builtin.setDefaults(object);
    defaultDefinition(object);
  },
  prepareCreate: (object, context) => {
    builtin.prepareCreate(object, context);
    object.metadata.generation = 1;
    defaultDefinition(object);
  },
  validateCreate: (object) => validateDefinition(object),
  validateUpdate: (object, old) => validateDefinition(object, old),
});
