import type { Reaped } from "../../planes/reap.ts";
import { formatLease } from "../../state/lease.ts";
import type { Handler } from "../command.ts";
import type { ReapArgs } from "../definitions/platform.ts";
import { callContext } from "../platform.ts";
import { OUTPUT_API_VERSION } from "../../lib/output-api-version.ts";
import { writeResult } from "../render/output.ts";
import { renderTable } from "../render/table.ts";

/** Shows every ephemeral platform with what became of it. The exit code is 1 when something could not be removed. */
export const run: Handler<ReapArgs> = async (args, context) => {
  const dryRun = args["dry-run"];
  const found = await context.seams.reapPlatforms({ ...callContext(context), dryRun });
  const rows = found.map((one) => ({ ...one, result: resultOf(one, dryRun) }));
  await writeResult(context.io, args.output, {
    value: {
      apiVersion: OUTPUT_API_VERSION,
      kind: "ReapResult",
      dryRun,
      platforms: rows.map(({ name, lease, state, result, problem }) => ({
        name,
        owner: { pid: lease.pid, lease: formatLease(lease), state },
        result,
        ...(problem === undefined ? {} : { problem }),
      })),
    },
    table: () => (rows.length === 0 ? "" : renderTable(["PLATFORM", "OWNER", "RESULT"], rows.map(cellsOf))),
  });
  if (args.output === "table" && found.length === 0) context.io.stderr.write("No platform has an owner\n");
  return rows.some(({ problem }) => problem !== undefined) ? 1 : 0;
};

type Result = keyof typeof WORDS;

const cellsOf = ({ name, lease, state, result, problem }: Reaped & { readonly result: Result }): string[] => [
  name,
  `pid ${lease.pid} ${OWNER[state]}`,
  problem ?? WORDS[result],
];

const OWNER = { held: "runs", ended: "has ended", elsewhere: "is on another machine or in another container" } as const;

const WORDS = {
  kept: "kept",
  removed: "removed",
  "would be removed": "would be removed",
  failed: "failed",
  unknown: "left alone: choreo-dev down --platform removes it",
} as const;

const resultOf = ({ state, problem }: Reaped, dryRun: boolean): Result => {
  if (state === "held") return "kept";
  if (state === "elsewhere") return "unknown";
  if (problem !== undefined) return "failed";
  return dryRun ? "would be removed" : "removed";
};
