import { onTestFinished } from "vitest";
import { ignoreRules } from "../../../../src/dev/watch/ignore-rules.ts";
import type { Trouble } from "../../../../src/dev/watch/trouble.ts";
import {
  type SourceBatch,
  type SourceChange,
  type SourceWatcher,
  type WatchOptions,
  watchSource,
} from "../../../../src/dev/watch/watch-source.ts";

export interface Watching {
  readonly watcher: SourceWatcher;
  readonly batches: SourceBatch[];
  readonly troubles: Trouble[];
  /** The next batch that nobody took yet, as "written a.js". */
  readonly nextBatch: () => Promise<string[]>;
  /** Resolves with the first trouble of a kind. */
  readonly trouble: (kind: Trouble["kind"]) => Promise<Trouble>;
}

/** A watch on a folder that ends with the test, all files read. */
export const watching = async (folder: string, more: Partial<WatchOptions> = {}): Promise<Watching> => {
  const batches: SourceBatch[] = [];
  const troubles: Trouble[] = [];
  const heard = new EventTarget();
  const until = async <T>(attempt: () => T | undefined): Promise<T> => {
    for (;;) {
      const value = attempt();
      if (value !== undefined) return value;
      await new Promise((resolve) => heard.addEventListener("heard", resolve, { once: true }));
    }
  };
  const watcher = await watchSource({
    folder,
    rules: ignoreRules(folder),
    ...more,
    onBatch: (batch) => {
      batches.push(batch);
      heard.dispatchEvent(new Event("heard"));
    },
    onTrouble: (trouble) => {
      troubles.push(trouble);
      heard.dispatchEvent(new Event("heard"));
    },
  });
  onTestFinished(async () => await watcher.close());
  await watcher.readAhead;
  let taken = 0;
  return {
    watcher,
    batches,
    troubles,
    nextBatch: async () => inWords((await until(() => batches[taken++] ?? (taken--, undefined))).changes),
    trouble: async (kind) => await until(() => troubles.find((trouble) => trouble.kind === kind)),
  };
};

export const inWords = (changes: readonly SourceChange[]): string[] =>
  changes.map(({ kind, path }) => `${kind} ${path}`);
