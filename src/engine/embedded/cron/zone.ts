/** What a clock on the wall and a calendar show. */
export interface ZonedTime {
  readonly month: number;
  readonly day: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
}

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const formats = new Map<string, Intl.DateTimeFormat>();

/** A moment, ms, in a zone of the IANA database. Throws a RangeError for a zone that does not exist. */
export const zonedTime = (ms: number, timeZone: string): ZonedTime => {
  if (timeZone === "UTC") return utc(new Date(ms));
  const parts = new Map(
    formatOf(timeZone)
      .formatToParts(ms)
      .map(({ type, value }) => [type, value]),
  );
  const number = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type));
  return {
    month: number("month"),
    day: number("day"),
    weekday: DAYS.indexOf(parts.get("weekday") ?? ""),
    hour: number("hour"),
    minute: number("minute"),
  };
};

const utc = (date: Date): ZonedTime => ({
  month: date.getUTCMonth() + 1,
  day: date.getUTCDate(),
  weekday: date.getUTCDay(),
  hour: date.getUTCHours(),
  minute: date.getUTCMinutes(),
});

/** Making one costs far more than using it. */
const formatOf = (timeZone: string): Intl.DateTimeFormat => {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    weekday: "short",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
  });
  formats.set(timeZone, format);
  return format;
};
