import type { PlatformComponentSpec } from "../../config/model.ts";
import { ignoreRules } from "../watch/ignore-rules.ts";
import { mergeChanges } from "../watch/merge-changes.ts";
import { type SourceBatch, watchSource } from "../watch/watch-source.ts";
import { type Outcome, stopwatch, whyNot } from "./outcome.ts";
import type { DevEvent } from "./session.ts";

export interface PlatformSession {
  readonly components: readonly PlatformComponentSpec[];
  readonly signal: AbortSignal;
  readonly emit: (event: DevEvent) => void;
  /** Builds a platform component and rolls it out. Throws what is wrong with it. */
  readonly redeploy: (component: PlatformComponentSpec) => Promise<unknown>;
}

/** Watches the folders of platform components until the signal: each change is built and rolled out, one after the other. */
export const runPlatformSession = async ({ components, ...session }: PlatformSession): Promise<void> => {
  const { signal } = session;
  const loops = await Promise.all(components.map((component) => startLoop(component, session)));
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  await Promise.all(loops.map((close) => close()));
};

const startLoop = async (
  component: PlatformComponentSpec,
  { signal, emit, redeploy }: Omit<PlatformSession, "components">,
): Promise<() => Promise<void>> => {
  const { name } = component;
  let pending: SourceBatch | undefined;
  let running: Promise<void> | undefined;
  const work = async (): Promise<void> => {
    for (let batch = pending; batch !== undefined && !signal.aborted; batch = pending) {
      pending = undefined;
      const outcome = await outcomeOf(() => redeploy(component));
      if (signal.aborted) return;
      const phases = [["watch", batch.watchMs] as const, ...outcome.phases];
      const ms = Date.now() - batch.observedAt;
      emit({ type: "change", component: name, changes: batch.changes, outcome: { ...outcome, phases }, ms });
    }
    running = undefined;
  };
  const watcher = await watchSource({
    folder: component.path,
    rules: ignoreRules(component.path),
    onBatch: (batch) => {
      pending = pending === undefined ? batch : joined(pending, batch);
      running ??= work();
    },
    onTrouble: ({ message }) => emit({ type: "trouble", component: name, message }),
    signal,
  });
  emit({ type: "watching", component: name, folder: component.path, files: watcher.files().size });
  return async () => {
    await watcher.close();
    await running;
  };
};

/** What was saved while a redeployment ran is the next one. */
const joined = (before: SourceBatch, after: SourceBatch): SourceBatch | undefined => {
  const changes = mergeChanges(new Map(before.changes.map((change) => [change.path, change])), after.changes);
  return changes.size === 0 ? undefined : { ...before, changes: [...changes.values()] };
};

const outcomeOf = async (work: () => Promise<unknown>): Promise<Outcome> => {
  const watch = stopwatch();
  try {
    await work();
    watch.lap("build and rollout");
    return { path: "rebuild", state: "ready", phases: watch.laps() };
  } catch (error) {
    watch.lap("build and rollout");
    return { path: "rebuild", state: "failed", phases: watch.laps(), message: whyNot(error) };
  }
};
