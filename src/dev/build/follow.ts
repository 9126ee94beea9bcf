import { STEPS, stepName } from "../../controller/build/steps.ts";
import { findCondition } from "../../controller/conditions.ts";
import type { Build } from "../../crds/types.ts";
import type { KubeClient } from "../../k8s/client.ts";
import { refOf } from "../../k8s/object-ref.ts";
import { ChoreoError } from "../../lib/errors.ts";
import { poll } from "../../lib/poll.ts";

export interface FollowOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Told of each step that begins or ends, with the time since the build was followed, ms. */
  readonly onStep: (step: string, reason: string, ms: number) => void;
}

/** Waits until a build has ended. Throws E_BUILD with what the failed step said. */
export const followBuild = async (
  control: KubeClient,
  build: Build,
  { timeoutMs, signal, onStep }: FollowOptions,
): Promise<Build> => {
  const began = performance.now();
  const told = new Map<string, string>();
  const ended = await poll(
    async () => {
      const found = await control.get<Build>(refOf(build), { signal });
      if (found === undefined) throw new ChoreoError("E_BUILD", `Build ${build.metadata.name} was deleted`);
      for (const { condition } of STEPS) {
        const reason = findCondition(found, condition)?.reason ?? "Queued";
        if (reason === "Queued" || told.get(condition) === reason) continue;
        told.set(condition, reason);
        onStep(stepName(condition), reason, performance.now() - began);
      }
      const completed = findCondition(found, "Completed");
      if (completed?.reason === "BuildCompleted" || completed?.reason === "BuildFailed")
        return { done: true, value: found };
      return { done: false, missing: completed?.message ?? "the controller has not seen it yet" };
    },
    {
      what: `Build ${build.metadata.name}`,
      timeoutMs,
      intervalMs: 100,
      maxIntervalMs: 300,
      signal,
      code: "E_NOT_READY",
    },
  );
  const failure = findCondition(ended, "Completed");
  if (failure?.reason !== "BuildFailed") return ended;
  const [why = "", ...lines] = failure.message.split("\n");
  throw new ChoreoError("E_BUILD", `Build ${build.metadata.name} failed`, {
    why,
    evidence: lines,
    fix: why.startsWith("push: ")
      ? "choreo-dev up repairs a registry that is gone; build again then"
      : "correct the source and build again; what runs was left as it is",
  });
};
