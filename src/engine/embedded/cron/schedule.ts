import { type ZonedTime, zonedTime } from "./zone.ts";

/** Times that a cron expression names. */
export interface Schedule {
  /** The first one after a time, ms; undefined when there is none within five years. */
  next(afterMs: number): number | undefined;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** 29 February comes round within eight years, mostly within four. */
const HORIZON_MS = 8 * 366 * DAY_MS;

const MACROS: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

interface Field {
  readonly values: ReadonlySet<number>;
  /** `*` or `?`: says nothing about the day. */
  readonly any: boolean;
}

interface Fields {
  readonly minute: Field;
  readonly hour: Field;
  readonly day: Field;
  readonly month: Field;
  readonly weekday: Field;
}

/**
 * Reads minute, hour, day, month and weekday with lists, ranges, steps and English names, a macro like `@hourly`, or
 * `@every 90m`. A day matches when either of day and weekday does, unless one of them is `*`. Throws with what is wrong,
 * in the words of Kubernetes.
 */
export const parseSchedule = (text: string, timeZone: string): Schedule => {
  const expression = text.trim();
  const every = /^@every\s+(.+)$/.exec(expression)?.[1];
  if (every !== undefined) return intervalOf(every);
  const fields = fieldsOf(expression);
  // Refuses a zone that does not exist now, not at the first run.
  zonedTime(0, timeZone);
  return { next: (afterMs) => nextOf(fields, timeZone, afterMs) };
};

const intervalOf = (text: string): Schedule => {
  if (!/^(\d+(\.\d+)?(h|m|s))+$/.test(text))
    throw new Error(`failed to parse duration @every ${text}: time: invalid duration ${JSON.stringify(text)}`);
  const units: Readonly<Record<string, number>> = { h: HOUR_MS, m: MINUTE_MS, s: 1000 };
  let ms = 0;
  for (const [, count = "0", unit = ""] of text.matchAll(/([\d.]+)(h|m|s)/g)) ms += Number(count) * (units[unit] ?? 0);
  const step = Math.max(1000, Math.floor(ms / 1000) * 1000);
  return { next: (afterMs) => Math.floor(afterMs / 1000) * 1000 + step };
};

const fieldsOf = (expression: string): Fields => {
  const standard = expression.startsWith("@") ? MACROS[expression.toLowerCase()] : expression;
  if (standard === undefined) throw new Error(`unrecognized descriptor: ${expression}`);
  const parts = standard.split(/\s+/);
  const [minute, hour, day, month, weekday] = parts;
  if (parts.length !== 5 || [minute, hour, day, month, weekday].includes(undefined)) {
    throw new Error(`expected exactly 5 fields, found ${parts.length}: [${parts.join(" ")}]`);
  }
  return {
    minute: parseField(minute ?? "", 0, 59),
    hour: parseField(hour ?? "", 0, 23),
    day: parseField(day ?? "", 1, 31),
    month: parseField(month ?? "", 1, 12, MONTHS),
    weekday: parseField(weekday ?? "", 0, 6, DAYS),
  };
};

const parseField = (text: string, min: number, max: number, names: readonly string[] = []): Field => {
  const values = new Set<number>();
  let any = false;
  for (const part of text.split(",")) {
    const [range = "", step, more] = part.split("/");
    if (more !== undefined) throw new Error(`too many slashes: ${part}`);
    const isAny = range === "*" || range === "?";
    const [first, last] = isAny ? [min, max] : boundsOf(range, step === undefined ? undefined : max, names, min);
    const every = step === undefined ? 1 : numberOf(step);
    any ||= isAny && every === 1;
    if (first < min) throw new Error(`beginning of range (${first}) below minimum (${min}): ${part}`);
    if (last > max) throw new Error(`end of range (${last}) above maximum (${max}): ${part}`);
    if (first > last) throw new Error(`beginning of range (${first}) beyond end of range (${last}): ${part}`);
    if (every < 1) throw new Error(`step of range should be a positive number: ${part}`);
    for (let value = first; value <= last; value += every) values.add(value);
  }
  return { values, any };
};

const boundsOf = (
  range: string,
  openEnd: number | undefined,
  names: readonly string[],
  min: number,
): readonly [number, number] => {
  const [from = "", to, more] = range.split("-");
  if (more !== undefined) throw new Error(`too many hyphens: ${range}`);
  const value = (text: string): number => {
    const name = names.indexOf(text.toLowerCase());
    // Months are counted from 1, days of the week from 0.
    return name < 0 ? numberOf(text) : name + min;
  };
  return [value(from), to === undefined ? (openEnd ?? value(from)) : value(to)];
};

const numberOf = (text: string): number => {
  if (!/^\d+$/.test(text))
    throw new Error(`failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
};

/** Goes forward in steps as large as the first field that does not match allows; the clock's changes are met on the way. */
const nextOf = (fields: Fields, timeZone: string, afterMs: number): number | undefined => {
  let at = Math.floor(afterMs / MINUTE_MS) * MINUTE_MS + MINUTE_MS;
  const end = at + HORIZON_MS;
  while (at < end) {
    const time = zonedTime(at, timeZone);
    if (!fields.month.values.has(time.month) || !matchesDay(fields, time)) at = nextDay(at, time, timeZone);
    else if (!fields.hour.values.has(time.hour)) at += HOUR_MS - time.minute * MINUTE_MS;
    else if (!fields.minute.values.has(time.minute)) at += MINUTE_MS;
    else return at;
  }
  return undefined;
};

const matchesDay = ({ day, weekday }: Fields, time: ZonedTime): boolean => {
  const byDay = day.values.has(time.day);
  const byWeekday = weekday.values.has(time.weekday);
  return day.any || weekday.any ? byDay && byWeekday : byDay || byWeekday;
};

/** The first minute of the next day: a day has 23 to 25 hours. */
const nextDay = (at: number, time: ZonedTime, timeZone: string): number => {
  let next = at + DAY_MS - (time.hour * 60 + time.minute) * MINUTE_MS;
  let there = zonedTime(next, timeZone);
  if (there.day === time.day) {
    next += DAY_MS - (there.hour * 60 + there.minute) * MINUTE_MS;
    there = zonedTime(next, timeZone);
  }
  const back = next - (there.hour * 60 + there.minute) * MINUTE_MS;
  return there.hour > 0 && zonedTime(back, timeZone).day === there.day ? back : next;
};
