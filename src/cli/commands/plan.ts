import { explainPlan } from "../../plan/explain.ts";
import type { Handler } from "../command.ts";
import type { PlanArgs } from "../definitions/platform.ts";
import { callContext, loadTarget } from "../platform.ts";
import { OUTPUT_API_VERSION } from "../../lib/output-api-version.ts";
import { writeResult } from "../render/output.ts";

/** Shows what `up` would do. Changes nothing. */
export const run: Handler<PlanArgs> = async (args, context) => {
  const { io, seams } = context;
  const loaded = await loadTarget(args, context);
  const bundle = args.bundle ?? io.env["CHOREO_DEV_BUNDLE"];
  const plan = await seams.planPlatform({ ...callContext(context), loaded, recreate: args.recreate, bundle });
  await writeResult(io, args.output, {
    value: { apiVersion: OUTPUT_API_VERSION, kind: "Plan", ...plan },
    table: () => explainPlan(plan),
  });
};
