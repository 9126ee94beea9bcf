import { readFile } from "node:fs/promises";

/** IPv4 networks that this machine has routes to, the default route left out: a pool that hides one of them cuts it off. */
export const hostRoutes = async (file = "/proc/net/route"): Promise<string[]> => {
  const text = await readFile(file, "utf8").catch(() => "");
  return text
    .split("\n")
    .slice(1)
    .map((line) => line.split("\t"))
    .filter((fields) => fields[1] !== undefined && fields[1] !== "00000000")
    .map((fields) => `${address(fields[1] ?? "")}/${prefix(fields[7] ?? "")}`);
};

/** The kernel prints addresses as hexadecimal in the machine's byte order, little-endian everywhere we run. */
const address = (hex: string): string =>
  (hex.match(/../g) ?? [])
    .reverse()
    .map((byte) => Number.parseInt(byte, 16))
    .join(".");

const prefix = (hex: string): number =>
  Number.parseInt(hex || "0", 16)
    .toString(2)
    .replaceAll("0", "").length;
