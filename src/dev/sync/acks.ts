import { watch } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { readJsonIfExists } from "../../lib/fs.ts";
import type { ShimState } from "./manifest.ts";

export interface AckWait {
  /** Folder that the pods write their states to. */
  readonly state: string;
  readonly generation: number;
  /** Names of the pods that have to answer now. None: nobody is there yet. */
  readonly pods: () => readonly string[];
  readonly signal: AbortSignal;
}

/** Not everywhere do events pass between a container and its host. */
const LOOK_MS = 25;

/** Waits until all pods have taken a generation. Resolves with what the last, or the first that failed, has said. */
export const untilTaken = async (wait: AckWait): Promise<ShimState> => {
  const { state, signal } = wait;
  const watcher = watch(state);
  // A folder that is gone is noticed by looking.
  watcher.on("error", () => undefined);
  try {
    for (;;) {
      const answer = await readAnswer({ ...wait, pods: wait.pods() });
      if (answer !== undefined) return answer;
      signal.throwIfAborted();
      await nextChange(watcher);
    }
  } finally {
    watcher.close();
  }
};

/** What the pods say of a generation: the first that failed, or one of them when all have taken it. */
export const readAnswer = async ({
  state,
  generation,
  pods,
}: Pick<AckWait, "state" | "generation"> & { readonly pods: readonly string[] }): Promise<ShimState | undefined> => {
  const wanted = new Set(pods);
  if (wanted.size === 0) return undefined;
  const names = (await readdir(state).catch((): string[] => [])).filter((name) =>
    wanted.has(name.replace(/\.json$/, "")),
  );
  const states = await Promise.all(names.map((name) => readJsonIfExists<ShimState>(path.join(state, name))));
  const current = states.filter((one) => one !== undefined && one.generation >= generation) as ShimState[];
  const failed = current.find(({ phase }) => phase !== "ready");
  if (failed !== undefined) return failed;
  return current.length === wanted.size ? current.at(-1) : undefined;
};

/** The next event, or a short while. */
const nextChange = (watcher: ReturnType<typeof watch>): Promise<void> =>
  new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      watcher.off("change", finish);
      resolve();
    };
    const timer = setTimeout(finish, LOOK_MS);
    watcher.once("change", finish);
  });
