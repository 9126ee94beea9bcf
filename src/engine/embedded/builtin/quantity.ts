import { canonicalQuantity } from "../model/quantity.ts";

export { canonicalQuantity };

const UNITS: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** Size of a quantity, for comparisons; undefined where the value is none. Exact up to 2^53. */
export const quantityValue = (value: unknown): number | undefined => {
  if (typeof value === "number") return value;
  if (typeof value !== "string" || canonicalQuantity(value) === undefined) return undefined;
  const [, number = "", unit = ""] = /^([+-]?[\d.]*(?:[eE][+-]?\d+)?)([A-Za-z]*)$/.exec(value) ?? [];
  return Number(number === "" ? 0 : number) * (unit === "" ? 1 : (UNITS[unit] ?? Number.NaN));
};
