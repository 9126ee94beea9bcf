import type { Step } from "../../plan/step.ts";
import type { Event } from "../../run/events.ts";
import { cut } from "./style.ts";
import { formatDuration } from "./table.ts";

/** `stopped`: it ran, or was next, when another step failed. */
export type RowState = "waiting" | "running" | "done" | "failed" | "stopped";

/** One line of the progress view: the steps of a group. */
export interface Row {
  readonly group: string;
  readonly steps: readonly Step[];
  state: RowState;
  readonly running: Set<string>;
  readonly finished: Set<string>;
  /** Two steps of it ran at the same time. */
  parallel: boolean;
  /** What a running step said last. */
  message: string;
  readonly details: string[];
  /** Wall clock, ms; 0 before the first step starts. */
  startedAt: number;
  endedAt: number;
}

export interface Rows {
  readonly rows: readonly Row[];
  readonly byStep: ReadonlyMap<string, Row>;
  failed: boolean;
}

const WIDEST = 110;
const SECONDS_COLUMN = 9;
/** The symbol in front of a row and the space behind it. */
const SYMBOL_COLUMN = 2;

/** One row per group, in the order in which the plan first names them. */
export const createRows = (steps: readonly Step[]): Rows => {
  const groups = [...new Set(steps.map(({ group }) => group))];
  const rows = groups.map((group): Row => ({
    group,
    steps: steps.filter((step) => step.group === group),
    state: "waiting",
    running: new Set(),
    finished: new Set(),
    parallel: false,
    message: "",
    details: [],
    startedAt: 0,
    endedAt: 0,
  }));
  return { rows, byStep: new Map(rows.flatMap((row) => row.steps.map(({ id }) => [id, row] as const))), failed: false };
};

/** Changes the row that an event is about and returns it; undefined for events that belong to no row. */
export const applyEvent = (rows: Rows, event: Event): Row | undefined => {
  if (!("step" in event)) return undefined;
  const row = rows.byStep.get(event.step);
  if (row === undefined) return undefined;
  switch (event.type) {
    case "step-start":
      row.running.add(event.step);
      row.parallel ||= row.running.size > 1;
      if (row.startedAt === 0) row.startedAt = event.at;
      if (row.state === "waiting") row.state = "running";
      break;
    case "step-progress":
      row.message = event.message;
      break;
    case "step-done":
      finish(row, event.step, event.at);
      if (event.detail !== undefined && !row.details.includes(event.detail)) row.details.push(event.detail);
      if (row.state === "running" && row.finished.size === row.steps.length) row.state = "done";
      break;
    case "step-failed":
      finish(row, event.step, event.at);
      // Only the first failure is one: the others were aborted because of it.
      if (row.state !== "failed") row.state = rows.failed ? "stopped" : "failed";
      rows.failed = true;
      break;
    case "step-skipped":
      if (row.state === "waiting" || row.state === "running") row.state = "stopped";
      break;
  }
  return row;
};

const finish = (row: Row, step: string, at: number): void => {
  row.running.delete(step);
  row.finished.add(step);
  row.endedAt = at;
};

/** The text of a row behind its symbol: group, what it works on, what it does or found, seconds. */
export const rowText = (rows: Rows, row: Row, columns: number): string => {
  const groupColumn = Math.max(...rows.rows.map(({ group }) => group.length)) + 2;
  const room = Math.min(columns, WIDEST) - SYMBOL_COLUMN - groupColumn - SECONDS_COLUMN;
  const seconds = row.state === "running" ? "" : formatDuration(row.endedAt - row.startedAt).padStart(SECONDS_COLUMN);
  return `${row.group.padEnd(groupColumn)}${cut(workText(row), room).padEnd(room)}${seconds}`.trimEnd();
};

const workText = (row: Row): string => {
  if (row.state === "running") return [subjects(row, row.running), row.message].filter(Boolean).join("  ");
  const all = subjects(row, new Set(row.steps.map(({ id }) => id)));
  return [all + (row.parallel && all.includes("·") ? " (parallel)" : ""), row.details.join(", ")]
    .filter(Boolean)
    .join("  ");
};

const subjects = (row: Row, ids: ReadonlySet<string>): string =>
  [...new Set(row.steps.filter(({ id }) => ids.has(id)).map(({ subject }) => subject))].filter(Boolean).join(" · ");
