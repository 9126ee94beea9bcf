import type { Build } from "../../crds/types.ts";
import { collectBuilds } from "../../source/bundle-store.ts";
import { findCondition } from "../conditions.ts";
import type { ReconcileContext } from "../reconciler.ts";

/**
 * Removes what no build needs any more where bundles take the place of images: bundles that no Build names, sources and work
 * of builds that have ended. Not while a build runs, whose bundle nobody names yet.
 */
export const collectUnused = async (context: ReconcileContext, going?: Build): Promise<void> => {
  const { settings, log } = context;
  if (settings.builds === undefined) return;
  const builds = context
    .cache<Build>("Build")
    .list({})
    .filter(({ metadata }) => metadata.uid !== going?.metadata.uid);
  if (!builds.every(isOver)) return;
  const bundles = builds.flatMap(({ status }) => digestIn(status?.imageStatus?.image ?? ""));
  const removed = await collectBuilds(settings.builds, new Set(bundles));
  if (removed > 0) log("info", `${removed} unused bundles, sources and work folders of builds are gone`);
};

/** The same for a build that has ended. Only the last one looks: those before are reconciled again and again as well. */
export const collectAfter = async (build: Build, context: ReconcileContext): Promise<void> => {
  const ended = endedAt(build);
  const others = context.cache<Build>("Build").list({});
  if (others.every((other) => endedAt(other) <= ended)) await collectUnused(context);
};

const endedAt = (build: Build): string =>
  isOver(build) ? `${findCondition(build, "Completed")?.lastTransitionTime ?? ""} ${build.metadata.name}` : "";

/** Whether nothing changes any more. */
export const isOver = (build: Build): boolean =>
  ["BuildCompleted", "BuildFailed"].includes(findCondition(build, "Completed")?.reason ?? "");

const digestIn = (image: string): string[] => /@(sha256:[0-9a-f]{64})$/.exec(image)?.slice(1) ?? [];
