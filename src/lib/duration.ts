import { ChoreoError } from "./errors.ts";

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of `90s`, `1h30m`, `500ms`; `E_USAGE` for anything else. */
export const parseDuration = (text: string): number => {
  if (!/^(\d+(ms|s|m|h|d))+$/.test(text)) {
    throw new ChoreoError("E_USAGE", `"${text}" is not a duration`, { fix: "write 90s, 5m or 1h30m" });
  }
  let ms = 0;
  for (const [, count = "", unit = ""] of text.matchAll(/(\d+)(ms|s|m|h|d)/g)) ms += Number(count) * (UNITS[unit] ?? 0);
  return ms;
};
