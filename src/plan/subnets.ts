import { ChoreoError } from "../lib/errors.ts";

/** An IPv4 range as its first address and length of prefix. Addresses are unsigned 32-bit numbers. */
interface Range {
  readonly first: number;
  readonly prefix: number;
}

/** The first block of the wanted size in the pool that touches none of the taken ranges. */
export const allocateBlock = (pool: string, prefix: number, taken: readonly string[]): string => {
  const within = parseRange(pool);
  const others = taken.filter((cidr) => cidr.includes(".")).map(parseRange);
  const size = 2 ** (32 - prefix);
  const end = within.first + 2 ** (32 - within.prefix);
  for (let first = within.first; first + size <= end; first += size) {
    const block = { first, prefix };
    if (!others.some((other) => overlap(block, other))) return formatRange(block);
  }
  throw new ChoreoError("E_SUBNETS", `No free /${prefix} network is left in ${pool}`, {
    why: `${taken.length} ranges are in use: ${taken.slice(0, 6).join(", ")}${taken.length > 6 ? ", …" : ""}`,
    fix: "set network.pool in choreo-dev.yaml to a range that nothing else on this machine uses",
  });
};

export const overlaps = (a: string, b: string): boolean => overlap(parseRange(a), parseRange(b));

/** Lower and upper half of a block. */
export const halves = (cidr: string): [string, string] => {
  const { first, prefix } = parseRange(cidr);
  return [
    formatRange({ first, prefix: prefix + 1 }),
    formatRange({ first: first + 2 ** (31 - prefix), prefix: prefix + 1 }),
  ];
};

/** The n-th address of a block; negative n counts from its end (−1 is the broadcast address). */
export const addressAt = (cidr: string, n: number): string => {
  const { first, prefix } = parseRange(cidr);
  return formatAddress(n >= 0 ? first + n : first + 2 ** (32 - prefix) + n);
};

const overlap = (a: Range, b: Range): boolean => {
  const prefix = Math.min(a.prefix, b.prefix);
  const size = 2 ** (32 - prefix);
  return Math.floor(a.first / size) === Math.floor(b.first / size);
};

const parseRange = (cidr: string): Range => {
  const [address = "", bits = "32"] = cidr.split("/");
  const octets = address.split(".").map(Number);
  const value = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  const prefix = Number(bits);
  if (octets.length !== 4 || octets.some((o) => !(o >= 0 && o <= 255)) || !(prefix >= 0 && prefix <= 32)) {
    throw new ChoreoError("E_SUBNETS", `"${cidr}" is not an IPv4 network`, { fix: "write it like 10.96.0.0/11" });
  }
  const size = 2 ** (32 - prefix);
  return { first: Math.floor(value / size) * size, prefix };
};

const formatRange = ({ first, prefix }: Range): string => `${formatAddress(first)}/${prefix}`;

const formatAddress = (value: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
