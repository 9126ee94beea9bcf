import { type Classification, classify } from "../classify.ts";
import { ignoreRules } from "../watch/ignore-rules.ts";
import { mergeChanges } from "../watch/merge-changes.ts";
import type { Trouble } from "../watch/trouble.ts";
import { type SourceBatch, type SourceChange, type SourceWatcher, watchSource } from "../watch/watch-source.ts";
import { notesOf } from "./notes.ts";
import { type Outcome, stopwatch, whyNot } from "./outcome.ts";
import { profileOf } from "./profile.ts";
import type { DevTarget } from "./targets.ts";

/** What happens in a dev session, for a screen or a program. */
export type DevEvent =
  | { readonly type: "watching"; readonly component: string; readonly folder: string; readonly files: number }
  | { readonly type: "trouble"; readonly component: string; readonly message: string }
  | {
      readonly type: "change";
      readonly component: string;
      readonly changes: readonly SourceChange[];
      readonly outcome: Outcome;
      /** From the first event of the change, ms. */
      readonly ms: number;
    };

export interface SessionOptions {
  readonly targets: readonly DevTarget[];
  readonly signal: AbortSignal;
  readonly emit: (event: DevEvent) => void;
  /** Brings a component in step with its folder. */
  readonly deploy: (target: DevTarget, decision: Classification | undefined) => Promise<Outcome>;
}

/**
 * Watches the folders of components until the signal: each change is deployed, one after the other per component; what is
 * saved while a deployment runs is the next one. What was saved before is deployed first.
 */
export const runSession = async (options: SessionOptions): Promise<void> => {
  const { targets, signal } = options;
  const loops = await Promise.all(targets.map((target) => startLoop(target, options)));
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  await Promise.all(loops.map((loop) => loop.close()));
};

interface Pending {
  readonly changes: Map<string, SourceChange>;
  readonly observedAt: number;
  readonly watchMs: number;
}

const startLoop = async (target: DevTarget, options: SessionOptions): Promise<{ close(): Promise<void> }> => {
  const { emit, signal } = options;
  let pending: Pending | undefined;
  let running: Promise<void> = Promise.resolve();
  let busy = false;
  const say = (message: string): void => emit({ type: "trouble", component: target.name, message });
  // What a build has failed with is not served yet: the next save has to bring it too.
  let owed: ReadonlyMap<string, SourceChange> = new Map();
  const work = async (): Promise<void> => {
    while (pending !== undefined && !signal.aborted) {
      const changes = mergeChanges(owed, pending.changes.values());
      const batch = { ...pending, changes, told: pending.changes };
      pending = undefined;
      owed = changes.size === 0 ? changes : await deployBatch(target, batch, options);
    }
    busy = false;
  };
  const take = (batch: SourceBatch): void => {
    const changes = mergeChanges(pending?.changes ?? new Map(), batch.changes);
    if (changes.size === 0) pending = undefined;
    else
      pending = {
        changes,
        observedAt: pending?.observedAt ?? batch.observedAt,
        watchMs: pending?.watchMs ?? batch.watchMs,
      };
    if (busy) return;
    busy = true;
    running = work();
  };
  // Watched before the first deployment: what is saved meanwhile is not missed.
  const watcher: SourceWatcher = await watchSource({
    folder: target.folder,
    rules: ignoreRules(target.folder),
    onBatch: take,
    onTrouble: (trouble) => say(textOf(trouble)),
    signal,
  });
  emit({ type: "watching", component: target.name, folder: target.folder, files: watcher.files().size });
  busy = true;
  running = options
    .deploy(target, undefined)
    .then(
      (outcome) => {
        if (outcome.path !== "nothing")
          emit({ type: "change", component: target.name, changes: [], outcome, ms: total(outcome) });
      },
      (error: unknown) => (signal.aborted ? undefined : say(whyNot(error))),
    )
    .then(work);
  return {
    close: async () => {
      await watcher.close();
      await running;
    },
  };
};

interface Batch extends Pending {
  /** Those that were saved just now. */
  readonly told: ReadonlyMap<string, SourceChange>;
}

/** Returns the changes that are still to be brought to where the component runs. */
const deployBatch = async (
  target: DevTarget,
  batch: Batch,
  { deploy, emit, signal }: SessionOptions,
): Promise<ReadonlyMap<string, SourceChange>> => {
  const { outcome, isOwed } = await outcomeOf(target, batch, deploy);
  if (signal.aborted && outcome.state === "failed") return batch.changes;
  const phases = [["watch", batch.watchMs] as const, ...outcome.phases];
  const ms = Date.now() - batch.observedAt;
  emit({
    ...{ type: "change", component: target.name, changes: [...batch.told.values()] },
    ...{ outcome: { ...outcome, phases }, ms },
  });
  return isOwed ? batch.changes : new Map();
};

/** What became of a change; it is owed when nothing of it has reached the pods. */
const outcomeOf = async (
  target: DevTarget,
  { changes, told }: Batch,
  deploy: SessionOptions["deploy"],
): Promise<{ readonly outcome: Outcome; readonly isOwed: boolean }> => {
  const watch = stopwatch();
  let action: Classification["action"] | undefined;
  try {
    const profile = await profileOf(target);
    const decision = classify({ changes: [...changes.values()], profile });
    action = decision.action;
    const outcome = await deploy(target, decision);
    const saved = new Set(told.keys());
    const notes = notesOf({ target, language: profile.language, decision, saved, outcome });
    return { outcome: { ...outcome, notes }, isOwed: outcome.path === "rebuild" && outcome.state === "failed" };
  } catch (error) {
    // The registry is gone, or full; the control plane does not answer; the rules of the component cannot be read.
    watch.lap("failed");
    const path = action === "rebuild" ? "rebuild" : "sync";
    return { outcome: { path, state: "failed", phases: watch.laps(), message: whyNot(error) }, isOwed: true };
  }
};

const total = ({ phases }: Outcome): number => phases.reduce((sum, [, ms]) => sum + ms, 0);

const textOf = (trouble: Trouble): string => trouble.message;
