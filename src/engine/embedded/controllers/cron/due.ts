import type { Schedule } from "../../cron/schedule.ts";

/** The last time that was due, and how many there were. */
export interface Due {
  readonly lastMs: number;
  /** More than 100 are not counted. */
  readonly isMany: boolean;
}

const HOUR_MS = 3_600_000;
const WINDOWS_MS = [HOUR_MS, 25 * HOUR_MS, 32 * 24 * HOUR_MS, 367 * 24 * HOUR_MS, Infinity];
const MANY = 100;

/** The last time of a schedule after `sinceMs` and not after `nowMs`; looks back step by step, as it may be years. */
export const lastDue = (schedule: Schedule, sinceMs: number, nowMs: number): Due | undefined => {
  for (const windowMs of WINDOWS_MS) {
    const fromMs = Math.max(sinceMs, nowMs - windowMs);
    const found = lastIn(schedule, fromMs, nowMs);
    if (found !== undefined) return { lastMs: found, isMany: isMany(schedule, sinceMs, nowMs) };
    if (fromMs === sinceMs) return undefined;
  }
  return undefined;
};

const lastIn = (schedule: Schedule, fromMs: number, nowMs: number): number | undefined => {
  let last: number | undefined;
  for (let at = schedule.next(fromMs); at !== undefined && at <= nowMs; at = schedule.next(at)) last = at;
  return last;
};

const isMany = (schedule: Schedule, sinceMs: number, nowMs: number): boolean => {
  let count = 0;
  for (let at = schedule.next(sinceMs); at !== undefined && at <= nowMs; at = schedule.next(at)) {
    if (++count > MANY) return true;
  }
  return false;
};
