import { type Environment, Optional } from "@marcbachmann/cel-js";
import { sameData } from "../data.ts";
import { formatCheck } from "../formats.ts";
import { dnsLabel, dnsLabel1035, dnsSubdomain, labelValue, type NameRule, qualifiedName } from "../names.ts";
import { linearExpression } from "../pattern.ts";
import { formatText } from "./format.ts";
import {
  Address,
  addressText,
  contains,
  containsRange,
  isGlobalUnicast,
  isLinkLocalMulticast,
  isLinkLocalUnicast,
  isLoopback,
  isUnspecified,
  masked,
  parseAddress,
  parseRange,
  Range,
} from "./network.ts";
import { asFloat, asInteger, compareQuantities, fromInteger, isWhole, parseQuantity, Quantity } from "./quantity.ts";

/** Adds the functions that Kubernetes has and CEL itself has not. */
export const registerFunctions = (environment: Environment): void => {
  registerTexts(environment);
  registerLists(environment);
  registerSets(environment);
  registerQuantities(environment);
  registerNetwork(environment);
  registerUrls(environment);
  registerFormats(environment);
};

const fail = (message: string): never => {
  throw new Error(message);
};

const registerTexts = (environment: Environment): void => {
  const regex = (pattern: string) => linearExpression(pattern);
  environment
    .registerFunction("string.linearMatches(string): bool", (text: string, pattern: string) =>
      regex(pattern).matcher(text).find(),
    )
    .registerFunction(
      "string.find(string): string",
      (text: string, pattern: string) => findAll(text, pattern, 1)[0] ?? "",
    )
    .registerFunction("string.findAll(string): list<string>", (text: string, pattern: string) =>
      findAll(text, pattern, -1),
    )
    .registerFunction("string.findAll(string, int): list<string>", (text: string, pattern: string, most: bigint) =>
      findAll(text, pattern, Number(most)),
    )
    .registerFunction(
      "string.charAt(int): string",
      (text: string, at: bigint) =>
        Array.from(text)[Number(at)] ??
        (Number(at) === Array.from(text).length ? "" : fail(`index out of range: ${at}`)),
    )
    .registerFunction("string.replace(string, string): string", (text: string, from: string, to: string) =>
      text.replaceAll(from, () => to),
    )
    .registerFunction(
      "string.replace(string, string, int): string",
      (text: string, from: string, to: string, most: bigint) => replaceSome(text, from, to, Number(most)),
    )
    .registerFunction("string.reverse(): string", (text: string) => Array.from(text).reverse().join(""))
    .registerFunction("string.format(list<dyn>): string", formatText);
};

const findAll = (text: string, pattern: string, most: number): string[] => {
  const matcher = linearExpression(pattern).matcher(text);
  const found: string[] = [];
  const limit = most < 0 ? Number.POSITIVE_INFINITY : most;
  while (found.length < limit && matcher.find()) found.push(matcher.group() ?? "");
  return found;
};

const replaceSome = (text: string, from: string, to: string, most: number): string => {
  if (most < 0) return text.replaceAll(from, () => to);
  let left = most;
  return text.replaceAll(from, (found) => (left-- > 0 ? to : found));
};

type Ordered = bigint | number | string | boolean | Date;

const order = (a: Ordered, b: Ordered): number => (a < b ? -1 : a > b ? 1 : 0);

const same = (a: unknown, b: unknown): boolean =>
  a instanceof Map && b instanceof Map
    ? a.size === b.size && [...a].every(([key, value]) => b.has(key) && same(value, b.get(key)))
    : Array.isArray(a) && Array.isArray(b)
      ? a.length === b.length && a.every((item, at) => same(item, b[at]))
      : sameData(a, b) ||
        (typeof a === "bigint" && typeof b === "number" && a === BigInt(Math.trunc(b)) && Number.isInteger(b));

const registerLists = (environment: Environment): void => {
  const extreme = (sign: number) => (list: readonly Ordered[]) =>
    list.length === 0
      ? fail(`${sign < 0 ? "min" : "max"} called on empty list`)
      : list.reduce((best, item) => (order(item, best) * sign > 0 ? item : best));
  environment
    .registerFunction("list.isSorted(): bool", (list: readonly Ordered[]) =>
      list.every((item, at) => at === 0 || order(list[at - 1] ?? item, item) <= 0),
    )
    .registerFunction("list.sum(): dyn", sum)
    .registerFunction("list.min(): dyn", extreme(-1))
    .registerFunction("list.max(): dyn", extreme(1))
    .registerFunction("list.indexOf(dyn): int", (list: readonly unknown[], value: unknown) =>
      BigInt(list.findIndex((item) => same(item, value))),
    )
    .registerFunction("list.lastIndexOf(dyn): int", (list: readonly unknown[], value: unknown) =>
      BigInt(list.findLastIndex((item) => same(item, value))),
    );
};

const sum = (list: readonly unknown[]): unknown =>
  list.every((item) => typeof item === "bigint")
    ? list.reduce((total, item) => total + item, 0n)
    : list.reduce<number>((total, item) => total + Number(item), 0);

/** The namespace of `sets.contains(...)`. */
class SetsNamespace {
  readonly name = "sets";
}

const registerSets = (environment: Environment): void => {
  const has = (list: readonly unknown[], value: unknown): boolean => list.some((item) => same(item, value));
  const all = (list: readonly unknown[], other: readonly unknown[]): boolean => other.every((item) => has(list, item));
  environment
    .registerType("SetsNamespace", SetsNamespace)
    .registerConstant("sets", "SetsNamespace", new SetsNamespace())
    .registerFunction("SetsNamespace.contains(list, list): bool", (_sets: unknown, a: unknown[], b: unknown[]) =>
      all(a, b),
    )
    .registerFunction(
      "SetsNamespace.equivalent(list, list): bool",
      (_sets: unknown, a: unknown[], b: unknown[]) => all(a, b) && all(b, a),
    )
    .registerFunction("SetsNamespace.intersects(list, list): bool", (_sets: unknown, a: unknown[], b: unknown[]) =>
      b.some((item) => has(a, item)),
    );
};

const registerQuantities = (environment: Environment): void => {
  const asQuantity = (value: Quantity | bigint): Quantity => (typeof value === "bigint" ? fromInteger(value) : value);
  environment
    .registerType("Quantity", Quantity)
    .registerFunction(
      "quantity(string): Quantity",
      (text: string) => parseQuantity(text) ?? fail(`quantities must match the regular expression`),
    )
    .registerFunction("isQuantity(string): bool", (text: string) => parseQuantity(text) !== undefined)
    .registerFunction("Quantity.sign(): int", (one: Quantity) => compareQuantities(one, fromInteger(0n)))
    .registerFunction("Quantity.isInteger(): bool", isWhole)
    .registerFunction(
      "Quantity.asInteger(): int",
      (one: Quantity) => asInteger(one) ?? fail("cannot convert value to integer"),
    )
    .registerFunction("Quantity.asApproximateFloat(): double", asFloat)
    .registerFunction("Quantity.isGreaterThan(Quantity): bool", (a: Quantity, b: Quantity) => a.nanos > b.nanos)
    .registerFunction("Quantity.isLessThan(Quantity): bool", (a: Quantity, b: Quantity) => a.nanos < b.nanos)
    .registerFunction("Quantity.compareTo(Quantity): int", compareQuantities)
    .registerOperator("Quantity == Quantity", (a: Quantity, b: Quantity) => a.nanos === b.nanos);
  for (const [name, sign] of [
    ["add", 1n],
    ["sub", -1n],
  ] as const)
    for (const type of ["Quantity", "int"])
      environment.registerFunction(
        `Quantity.${name}(${type}): Quantity`,
        (a: Quantity, b: Quantity | bigint) => new Quantity(a.nanos + sign * asQuantity(b).nanos),
      );
};

const registerNetwork = (environment: Environment): void => {
  const address = (text: string): Address =>
    parseAddress(text) ?? fail(`IP Address ${JSON.stringify(text)} parse error during conversion from string`);
  const range = (text: string): Range =>
    parseRange(text) ?? fail(`network address parse error during conversion from string: ${text}`);
  environment
    .registerType("IP", Address)
    .registerType("CIDR", Range)
    .registerFunction("ip(string): IP", address)
    .registerFunction("isIP(string): bool", (text: string) => parseAddress(text) !== undefined)
    .registerFunction("IP.family(): int", (one: Address) => BigInt(one.family))
    .registerFunction("IP.isLoopback(): bool", isLoopback)
    .registerFunction("IP.isUnspecified(): bool", isUnspecified)
    .registerFunction("IP.isGlobalUnicast(): bool", isGlobalUnicast)
    .registerFunction("IP.isLinkLocalMulticast(): bool", isLinkLocalMulticast)
    .registerFunction("IP.isLinkLocalUnicast(): bool", isLinkLocalUnicast)
    .registerFunction("string(IP): string", addressText)
    .registerOperator("IP == IP", (a: Address, b: Address) => a.family === b.family && a.bits === b.bits)
    .registerFunction("cidr(string): CIDR", range)
    .registerFunction("isCIDR(string): bool", (text: string) => parseRange(text) !== undefined)
    .registerFunction("CIDR.containsIP(IP): bool", contains)
    .registerFunction("CIDR.containsIP(string): bool", (one: Range, text: string) => contains(one, address(text)))
    .registerFunction("CIDR.containsCIDR(CIDR): bool", containsRange)
    .registerFunction("CIDR.containsCIDR(string): bool", (one: Range, text: string) => containsRange(one, range(text)))
    .registerFunction("CIDR.ip(): IP", (one: Range) => one.address)
    .registerFunction("CIDR.masked(): CIDR", masked)
    .registerFunction("CIDR.prefixLength(): int", (one: Range) => BigInt(one.length))
    .registerFunction("string(CIDR): string", (one: Range) => `${addressText(one.address)}/${one.length}`);
};

const registerUrls = (environment: Environment): void => {
  const parse = (text: string): URL | undefined =>
    formatCheck("uri")?.(text) === true && URL.canParse(text, "path:/") ? new URL(text, "path:/") : undefined;
  environment
    .registerType("URL", URL)
    .registerFunction(
      "url(string): URL",
      (text: string) =>
        parse(text) ??
        fail(`URL parse error during conversion from string: parse ${JSON.stringify(text)}: invalid URI for request`),
    )
    .registerFunction("isURL(string): bool", (text: string) => parse(text) !== undefined)
    .registerFunction("URL.getScheme(): string", ({ protocol }: URL) =>
      protocol === "path:" ? "" : protocol.slice(0, -1),
    )
    .registerFunction("URL.getHost(): string", ({ host }: URL) => host)
    .registerFunction("URL.getHostname(): string", ({ hostname }: URL) => hostname.replace(/^\[|\]$/g, ""))
    .registerFunction("URL.getPort(): string", ({ port }: URL) => port)
    .registerFunction("URL.getEscapedPath(): string", ({ pathname, href }: URL) =>
      pathname === "/" && !href.endsWith("/") ? "" : pathname,
    )
    .registerFunction("URL.getQuery(): map<string, list<string>>", ({ searchParams }: URL) => {
      const query = new Map<string, string[]>();
      for (const [name, value] of searchParams) query.set(name, [...(query.get(name) ?? []), value]);
      return query;
    });
};

/** The namespace of `format.dns1123Label()`. */
class FormatNamespace {
  readonly name = "format";
}

/** A named format of Kubernetes. */
class Format {
  readonly problems: (text: string) => string[];

  constructor(problems: (text: string) => string[]) {
    this.problems = problems;
  }
}

const registerFormats = (environment: Environment): void => {
  const prefixed =
    (rule: NameRule): ((text: string) => string[]) =>
    (text) =>
      rule(text, true);
  const plain =
    (name: string): ((text: string) => string[]) =>
    (text) =>
      formatCheck(name)?.(text) === true ? [] : [`invalid ${name}`];
  const formats: Readonly<Record<string, (text: string) => string[]>> = {
    dns1123Label: dnsLabel,
    dns1123Subdomain: dnsSubdomain,
    dns1035Label: dnsLabel1035,
    dns1123LabelPrefix: prefixed(dnsLabel),
    dns1123SubdomainPrefix: prefixed(dnsSubdomain),
    dns1035LabelPrefix: prefixed(dnsLabel1035),
    qualifiedName,
    labelValue,
    uri: plain("uri"),
    uuid: plain("uuid"),
    byte: plain("byte"),
    date: plain("date"),
    datetime: plain("datetime"),
  };
  environment
    .registerType("FormatNamespace", FormatNamespace)
    .registerType("Format", Format)
    .registerConstant("format", "FormatNamespace", new FormatNamespace())
    .registerFunction("Format.validate(string): optional<list<string>>", (format: Format, text: string) => {
      const problems = format.problems(text);
      return problems.length === 0 ? Optional.none() : Optional.of(problems);
    });
  for (const [name, problems] of Object.entries(formats))
    environment.registerFunction(`FormatNamespace.${name}(): Format`, () => new Format(problems));
};
