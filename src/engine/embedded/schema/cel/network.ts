import { isIP } from "node:net";

/** An address for CEL rules: `ip("10.0.0.1")`. */
export class Address {
  readonly text: string;
  readonly bits: bigint;
  readonly family: 4 | 6;

  constructor(text: string, family: 4 | 6) {
    this.text = text;
    this.family = family;
    this.bits = family === 4 ? bitsOf4(text) : bitsOf6(text);
  }
}

/** A range of addresses: `cidr("10.0.0.0/8")`. */
export class Range {
  readonly address: Address;
  readonly length: number;

  constructor(address: Address, length: number) {
    this.address = address;
    this.length = length;
  }
}

export const parseAddress = (text: string): Address | undefined => {
  const family = isIP(text);
  if ((family !== 4 && family !== 6) || text.includes("%") || /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(text))
    return undefined;
  return new Address(text, family);
};

export const parseRange = (text: string): Range | undefined => {
  const [, address = "", bits = ""] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  const parsed = parseAddress(address);
  if (parsed === undefined || Number(bits) > size(parsed) || (bits.length > 1 && bits.startsWith("0")))
    return undefined;
  return new Range(parsed, Number(bits));
};

export const contains = (range: Range, address: Address): boolean =>
  range.address.family === address.family && prefixOf(range.address, range.length) === prefixOf(address, range.length);

export const containsRange = (range: Range, other: Range): boolean =>
  other.length >= range.length && contains(range, other.address);

export const masked = (range: Range): Range => {
  const shift = BigInt(size(range.address) - range.length);
  const bits = (range.address.bits >> shift) << shift;
  return new Range(
    new Address(range.address.family === 4 ? text4(bits) : text6(bits), range.address.family),
    range.length,
  );
};

export const addressText = ({ family, bits }: Address): string => (family === 4 ? text4(bits) : text6(bits));

const within = (text: string, cidr: string): boolean => {
  const [range, address] = [parseRange(cidr), parseAddress(text)];
  return range !== undefined && address !== undefined && contains(range, address);
};

export const isLoopback = ({ text }: Address): boolean => within(text, "127.0.0.0/8") || within(text, "::1/128");
export const isUnspecified = ({ bits }: Address): boolean => bits === 0n;
export const isLinkLocalMulticast = ({ text }: Address): boolean =>
  within(text, "224.0.0.0/24") || within(text, "ff02::/16");
export const isLinkLocalUnicast = ({ text }: Address): boolean =>
  within(text, "169.254.0.0/16") || within(text, "fe80::/10");
export const isGlobalUnicast = (address: Address): boolean =>
  !isLoopback(address) &&
  !isUnspecified(address) &&
  !isLinkLocalUnicast(address) &&
  !within(address.text, "224.0.0.0/4") &&
  !within(address.text, "ff00::/8") &&
  addressText(address) !== "255.255.255.255";

const size = ({ family }: Address): number => (family === 4 ? 32 : 128);

const prefixOf = (address: Address, length: number): bigint => address.bits >> BigInt(size(address) - length);

const bitsOf4 = (text: string): bigint => text.split(".").reduce((bits, part) => bits * 256n + BigInt(part), 0n);

const bitsOf6 = (text: string): bigint => {
  const dotted = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  const plain =
    dotted === null
      ? text
      : text.slice(0, dotted.index) + hexPair(dotted[1], dotted[2]) + ":" + hexPair(dotted[3], dotted[4]);
  const [head = "", tail] = plain.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  return [...left, ...Array.from({ length: zeros }, () => "0"), ...right].reduce(
    (bits, part) => bits * 65536n + BigInt(`0x${part}`),
    0n,
  );
};

const hexPair = (high = "0", low = "0"): string => (Number(high) * 256 + Number(low)).toString(16);

const text4 = (bits: bigint): string => [24n, 16n, 8n, 0n].map((shift) => String((bits >> shift) & 255n)).join(".");

const text6 = (bits: bigint): string => {
  const parts = Array.from({ length: 8 }, (_none, at) => ((bits >> BigInt(112 - at * 16)) & 0xffffn).toString(16));
  const runs = [...parts.join(":").matchAll(/(?<![0-9a-f])0(?::0)+(?![0-9a-f])/g)];
  const longest = runs.reduce<RegExpMatchArray | undefined>(
    (best, run) => (best !== undefined && best[0].length >= run[0].length ? best : run),
    undefined,
  );
  if (longest === undefined) return parts.join(":");
  const joined = parts.join(":");
  const at = longest.index ?? 0;
  return `${joined.slice(0, at).replace(/:$/, "")}::${joined.slice(at + longest[0].length).replace(/^:/, "")}`;
};
