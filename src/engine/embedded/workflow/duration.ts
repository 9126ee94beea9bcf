import { TemplateError } from "./template/resolve.ts";

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of `10` (seconds), `1m30s` or `1d`. */
export const durationMs = (text: string | number): number => {
  const value = String(text).trim();
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(value)) throw new TemplateError(`unable to parse ${value} as a duration`);
  let ms = 0;
  for (const [, count = "", unit = ""] of value.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g))
    ms += Number(count) * (UNITS[unit] ?? 0);
  return ms;
};
