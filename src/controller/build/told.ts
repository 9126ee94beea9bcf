import type { Build } from "../../crds/types.ts";
import type { Statement } from "../conditions.ts";
import { type Progress, QUEUED, STEPS } from "./steps.ts";

/** Annotation of a Build: what became of it, by whoever has built it without a workflow. JSON of {@link ToldBuild}. */
export const BUILD_RESULT = "core.choreo.dev/build-result";

/** A build that a dev session has run itself, by the build plane's BuildKit. */
export interface ToldBuild {
  /** Outputs as a workflow has them: image, port, component, endpoints, workload, test. */
  readonly outputs: Readonly<Record<string, string>>;
  /** The step that failed, and what it said. */
  readonly failure?: { readonly step: "test" | "build"; readonly message: string } | undefined;
  readonly tookMs: number;
}

/** How far such a build is: it is over. Undefined for a build that a workflow runs. */
export const toldProgress = ({ metadata }: Build): Progress | undefined => {
  const text = metadata.annotations?.[BUILD_RESULT];
  const told = text === undefined ? undefined : parsed(text);
  if (told === undefined) return undefined;
  const { failure, outputs, tookMs } = told;
  const failedAt = STEPS.findIndex(({ condition }) => condition === CONDITIONS[failure?.step ?? ""]);
  const message = `Built by a dev session, in ${(tookMs / 1000).toFixed(1)} s with all its steps`;
  const steps = STEPS.map(({ condition }, at): Statement => {
    if (failedAt !== -1 && at >= failedAt)
      return QUEUED[at] ?? { type: condition, status: false, reason: "Queued", message };
    if (condition === CONDITIONS["test"] && outputs["test"] !== "ran")
      return { type: condition, status: true, reason: "Skipped", message: "The source has no stage for tests" };
    return { type: condition, status: true, reason: "Succeeded", message };
  });
  const step = STEPS[failedAt]?.condition;
  if (failure === undefined || step === undefined) return { steps, state: "succeeded", outputs, failure: undefined };
  return { steps, state: "failed", outputs, failure: { step, container: "", message: failure.message } };
};

const CONDITIONS: Readonly<Record<string, string>> = { test: "StepTestSucceeded", build: "StepBuildSucceeded" };

const parsed = (text: string): ToldBuild | undefined => {
  try {
    return JSON.parse(text) as ToldBuild;
  } catch {
    return undefined;
  }
};
