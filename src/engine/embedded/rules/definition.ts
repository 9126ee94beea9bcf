import type { AnyObject } from "../../../k8s/types.ts";
import type { StatusCause } from "../api/status.ts";
import { specOf } from "../crd/definition.ts";
import { ruleProblems } from "../schema/rules.ts";
import { defaultDefinition } from "../crd/default-definition.ts";
import { validateDefinition } from "../crd/validate-definition.ts";
import type { Rules } from "./rules.ts";

/** CEL rules that cannot be compiled. What only this server cannot run is said when it would have to be. */
const ruleCauses = async (definition: AnyObject): Promise<StatusCause[]> => {
  const versions = specOf(definition).versions ?? [];
  const found = await Promise.all(
    versions.map(async ({ schema }, at) => {
      const path = versions.length === 1 ? "spec.validation" : `spec.versions[${at}].schema`;
      const problems = await ruleProblems(schema?.openAPIV3Schema ?? {});
      return problems
        .filter(({ problem }) => problem.wrong)
        .map(({ path: below, rule, problem }) => {
          const field = `${path}.openAPIV3Schema.${below}.rule`;
          return {
            reason: "FieldValueInvalid",
            message: `Invalid value: ${JSON.stringify(rule)}: ${problem.text}`,
            field,
          };
        });
    }),
  );
  return found.flat();
};

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
  validateCreate: async (object) => [...(await validateDefinition(object)), ...(await ruleCauses(object))],
  validateUpdate: async (object, old) => [...(await validateDefinition(object, old)), ...(await ruleCauses(object))],
});
