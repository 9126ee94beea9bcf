import { ChoreoError } from "../../../lib/errors.ts";

/** Gives out the addresses of a range. The first (the network) and the last (the broadcast address) are never given. */
export interface Allocator {
  readonly cidr: string;
  /** A free address: one never used before while there are such, then the one that was released longest ago. */
  next(): string;
  /** Takes a certain address; false when it is taken already or lies outside. */
  reserve(address: string): boolean;
  release(address: string): void;
  has(address: string): boolean;
}

/** An allocator of `a.b.c.d/n`. `next` fails with `E_SUBNETS` when nothing is free. */
export const createAllocator = (cidr: string): Allocator => {
  const { first, last } = rangeOf(cidr);
  const taken = new Set<number>();
  /** Insertion order is the order of release. */
  const released = new Set<number>();
  let fresh = first;
  const take = (number: number): string => {
    released.delete(number);
    taken.add(number);
    return formatAddress(number);
  };
  const within = (number: number | undefined): number is number =>
    number !== undefined && number >= first && number <= last;
  return {
    cidr,
    next: () => {
      while (fresh <= last && (taken.has(fresh) || released.has(fresh))) fresh++;
      if (fresh <= last) return take(fresh);
      const [oldest] = released;
      if (oldest === undefined) throw new ChoreoError("E_SUBNETS", `No address is left in ${cidr}`);
      return take(oldest);
    },
    reserve: (address) => {
      const number = parseAddress(address);
      if (!within(number) || taken.has(number)) return false;
      take(number);
      return true;
    },
    release: (address) => {
      const number = parseAddress(address);
      if (number !== undefined && taken.delete(number)) released.add(number);
    },
    has: (address) => taken.has(parseAddress(address) ?? -1),
  };
};

/** The number of an IPv4 address; undefined for anything else. */
export const parseAddress = (address: string): number | undefined => {
  const parts = address.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)) {
    return undefined;
  }
  return parts.reduce((number, part) => number * 256 + Number(part), 0);
};

export const formatAddress = (number: number): string =>
  [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join(".");

const rangeOf = (cidr: string): { first: number; last: number } => {
  const [, address = "", bits = ""] = /^([\d.]+)\/(\d{1,2})$/.exec(cidr) ?? [];
  const base = parseAddress(address);
  const size = 2 ** (32 - Number(bits));
  if (base === undefined || bits === "" || Number(bits) < 1 || Number(bits) > 30 || base % size !== 0) {
    throw new ChoreoError("E_INTERNAL", `"${cidr}" is not an IPv4 range of /1 to /30`);
  }
  return { first: base + 1, last: base + size - 2 };
};
