import { isChoreoError } from "../../../lib/errors.ts";
import { build } from "./build.ts";
import { clone } from "./clone.ts";
import { push } from "./push.ts";
import { type Step, StepError, stepOf } from "./step.ts";
import { test } from "./test.ts";

const STEPS: Readonly<Record<string, (step: Step) => Promise<void>>> = { clone, test, build, push };

/** Runs one step of a build as the process of a pod: `build-step NAME`. Its variables say the rest. */
const main = async (): Promise<void> => {
  const [name = ""] = process.argv.slice(2);
  const run = STEPS[name];
  if (run === undefined) throw new Error(`usage: build-step ${Object.keys(STEPS).join("|")}`);
  await run(stepOf(process.env));
};

main().catch((error: unknown) => {
  const known = error instanceof StepError || isChoreoError(error);
  const why = isChoreoError(error) && error.why !== undefined ? `: ${error.why}` : "";
  process.stderr.write(`choreo: ${known ? `${error.message}${why}` : String((error as Error).stack)}\n`);
  process.exit(1);
});
