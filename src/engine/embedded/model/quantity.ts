/** Powers of ten that have a letter. */
const DECIMAL: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  "": 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
/** Powers of two that have letters. */
const BINARY: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };
const MAX_INT64 = 2n ** 63n - 1n;
/** Exponents of Go's int32, far beyond any quantity: larger ones would only cost memory. */
const MAX_EXPONENT = 1000;

type Format = "decimal" | "exponent" | "binary";

/** A number as an integer times a power of ten. */
interface Amount {
  readonly value: bigint;
  readonly exponent: number;
}

/**
 * The form in which Kubernetes keeps a quantity: `0.5` is `500m`, `1024Mi` is `1Gi`, `1e3` is `1e3`. Undefined when the text is
 * none. Smaller parts than nano are rounded up.
 */
export const canonicalQuantity = (text: string): string | undefined => {
  const parts = /^([+-]?)(\d*)(?:\.(\d*))?([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?$/.exec(text);
  // Without any digit it is 0 for Kubernetes, unless the unit is so large that it reads the number in another way.
  if (parts === null || text === "" || /^[+-]?\.?[PE]i$/.test(text)) return undefined;
  const [, sign = "", whole = "", fraction = "", suffix = ""] = parts;
  const negative = sign === "-";
  const format = formatOf(suffix);
  const power = powerOf(suffix, format);
  if (Math.abs(power) > MAX_EXPONENT || whole.length + fraction.length > MAX_EXPONENT) return undefined;
  if (isKept(whole.replace(/^0+/, ""), fraction, format, power)) return text;
  const digits = BigInt(`${whole}${fraction}` || "0");
  const exact =
    format === "binary"
      ? { value: digits * 2n ** BigInt(power), exponent: -fraction.length }
      : { value: digits, exponent: power - fraction.length };
  const amount = limited(exact, format);
  if (amount.value === 0n) return "0";
  const below = format === "binary" && (amount.exponent < 0 || amount.value < 1024n);
  const body = format === "binary" && !below ? binaryText(amount) : decimalText(amount, below ? "decimal" : format);
  return negative ? `-${body}` : body;
};

const formatOf = (suffix: string): Format => {
  if (Object.hasOwn(BINARY, suffix)) return "binary";
  return Object.hasOwn(DECIMAL, suffix) ? "decimal" : "exponent";
};

const powerOf = (suffix: string, format: Format): number => {
  if (format === "exponent") return Number(suffix.slice(1));
  return (format === "binary" ? BINARY[suffix] : DECIMAL[suffix]) ?? 0;
};

/** Whether Kubernetes keeps the text as it is, though it may have a shorter form: a rule by digits, not by value. */
const isKept = (whole: string, fraction: string, format: Format, power: number): boolean => {
  const number = whole === "" ? "0" : whole;
  const shifted = `${number}${fraction}`;
  if (format === "binary") {
    const precision = 15 - number.length - Math.trunc(Math.fround((power * 3) / 10)) - 1;
    if (fraction !== "" || precision < 0) return false;
    return (BigInt(shifted) & 7n) !== 0n && BigInt(shifted) * 2n ** BigInt(power) <= MAX_INT64;
  }
  const scale = power - fraction.length;
  if (18 - shifted.length < 0 || scale < -9) return false;
  return scale % 3 === 0 && !shifted.endsWith("000") && !shifted.startsWith("0");
};

/** Without trailing zeros, rounded up to nano, capped where it is binary. */
const limited = (exact: Amount, format: Format): Amount => {
  const amount = trimmed(exact);
  const rounded =
    amount.exponent >= -9 ? amount : trimmed({ value: ceilDivided(amount.value, -9 - amount.exponent), exponent: -9 });
  if (format !== "binary") return rounded;
  const scaled =
    rounded.exponent > 0 ? { value: rounded.value * 10n ** BigInt(rounded.exponent), exponent: 0 } : rounded;
  const limit = MAX_INT64 * 10n ** BigInt(-scaled.exponent);
  return scaled.value > limit ? { value: MAX_INT64, exponent: 0 } : scaled;
};

const ceilDivided = (value: bigint, zeros: number): bigint => {
  const divisor = 10n ** BigInt(zeros);
  return (value + divisor - 1n) / divisor;
};

const trimmed = ({ value, exponent }: Amount): Amount => {
  if (value === 0n) return { value, exponent: 0 };
  const text = String(value);
  const zeros = text.length - text.replace(/0+$/, "").length;
  return { value: value / 10n ** BigInt(zeros), exponent: exponent + zeros };
};

const decimalText = (amount: Amount, format: Format): string => {
  const { value, exponent } = trimmed(amount);
  const up = ((exponent % 3) + 3) % 3;
  const digits = value * 10n ** BigInt(up);
  const power = exponent - up;
  if (format === "exponent") return power === 0 ? `${digits}` : `${digits}e${power}`;
  // Beyond the letters there is none: Kubernetes writes none either.
  const letter = Object.keys(DECIMAL).find((one) => DECIMAL[one] === power) ?? "";
  return `${digits}${letter}`;
};

const binaryText = ({ value }: Amount): string => {
  let rest = value;
  let power = 0;
  for (; rest % 1024n === 0n; rest /= 1024n) power += 10;
  return `${rest}${Object.keys(BINARY).find((one) => BINARY[one] === power) ?? ""}`;
};
