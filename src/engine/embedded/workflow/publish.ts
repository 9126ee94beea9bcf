import { textOf } from "./expression/values.ts";
import type { Run } from "./run.ts";
import type { Outputs } from "./types.ts";

/** Outputs with a name of the whole workflow. */
export const publish = (run: Run, { parameters = [] }: Outputs): void => {
  for (const { globalName, value } of parameters) {
    if (globalName === undefined || value === undefined) continue;
    run.outputs.parameters.set(globalName, textOf(value));
    run.globals.set(`workflow.outputs.parameters.${globalName}`, textOf(value));
  }
};
