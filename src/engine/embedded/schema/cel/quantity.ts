/** An exact amount in billionths, for CEL rules: `quantity("200Mi")`. */
export class Quantity {
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

const PATTERN = /^([+-]?)(\d+)?(?:\.(\d*))?(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d{1,2}))?$/;
const NANO = 1_000_000_000n;
const DECIMAL: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const BINARY: Readonly<Record<string, bigint>> = { Ki: 1n, Mi: 2n, Gi: 3n, Ti: 4n, Pi: 5n, Ei: 6n };
const LONGEST = 64;

/** Undefined for what is no quantity. Rounds up below billionths, as Kubernetes does. */
export const parseQuantity = (text: string): Quantity | undefined => {
  const [all, sign = "", whole = "", fraction = "", suffix = "", exponent = "0"] = PATTERN.exec(text) ?? [];
  if (all === undefined || text.length > LONGEST || (whole === "" && fraction === "")) return undefined;
  const digits = BigInt(`${whole}${fraction}` || "0");
  const binary = Object.hasOwn(BINARY, suffix) ? BINARY[suffix] : undefined;
  const power = Number(exponent) + (Object.hasOwn(DECIMAL, suffix) ? (DECIMAL[suffix] ?? 0) : 0) - fraction.length + 9;
  const scaled = digits * (binary === undefined ? 1n : 1024n ** binary);
  const nanos = power >= 0 ? scaled * 10n ** BigInt(power) : roundedUp(scaled, 10n ** BigInt(-power));
  return new Quantity(sign === "-" ? -nanos : nanos);
};

export const compareQuantities = (a: Quantity, b: Quantity): bigint =>
  a.nanos < b.nanos ? -1n : a.nanos > b.nanos ? 1n : 0n;

export const isWhole = ({ nanos }: Quantity): boolean => nanos % NANO === 0n;

/** Undefined for fractions and what 64 bits do not hold. */
export const asInteger = (quantity: Quantity): bigint | undefined => {
  const whole = quantity.nanos / NANO;
  return isWhole(quantity) && BigInt.asIntN(64, whole) === whole ? whole : undefined;
};

export const asFloat = ({ nanos }: Quantity): number => Number(nanos) / 1e9;

export const fromInteger = (value: bigint): Quantity => new Quantity(value * NANO);

const roundedUp = (value: bigint, by: bigint): bigint => value / by + (value % by === 0n ? 0n : 1n);
