import path from "node:path";
import type { RunningPlatform } from "../library/platform.ts";
import { messageOf } from "../lib/errors.ts";

/** What vitest says of a test whose body has ended. */
export interface Finished {
  readonly name: string;
  readonly suite?: { readonly name: string } | undefined;
  readonly file?: { readonly name: string } | undefined;
  readonly result?: { readonly state?: string; readonly errors?: readonly unknown[] } | undefined;
}

/** Leaves events, logs, objects and the plan of the platform in a folder of the test's name when it failed. */
export const keepEvidence = async (platform: RunningPlatform, task: Finished, results: string): Promise<void> => {
  const failed = task.result?.state === "fail" || (task.result?.errors?.length ?? 0) > 0;
  if (!failed) return;
  const dir = path.resolve(results, folderOf(task));
  // What the test failed with matters more than what keeps it from being explained.
  await platform.diagnostics(dir).catch((error: unknown) => {
    process.stderr.write(`choreo-dev: nothing could be written to ${dir}: ${messageOf(error)}\n`);
  });
};

const LONGEST = 100;

/** `catalog.test.ts` and the titles, as a name that every file system takes. */
const folderOf = ({ name, suite, file }: Finished): string =>
  [path.basename(file?.name ?? ""), suite?.name, name]
    .filter((part) => part !== undefined && part !== "")
    .join(" ")
    .replaceAll(/[^\w.-]+/g, "-")
    .slice(0, LONGEST);
