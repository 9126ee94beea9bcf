/** An IPv4 range: its prefix length, and its text with the first address of the range in front. */
export interface Cidr {
  readonly prefix: number;
  readonly network: string;
}

/** Reads `10.160.0.0/12`; undefined when it is not an IPv4 range. */
export const parseCidr = (text: string): Cidr | undefined => {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  const octets = match?.slice(1, 5).map(Number) ?? [];
  const prefix = Number(match?.[5] ?? Number.NaN);
  if (match === null || octets.some((octet) => octet > 255) || prefix > 32) return undefined;
  const size = 2 ** (32 - prefix);
  const address = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  const first = Math.floor(address / size) * size;
  const network = [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join(".");
  return { prefix, network: `${network}/${prefix}` };
};
