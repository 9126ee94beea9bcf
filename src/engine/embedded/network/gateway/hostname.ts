/** A host name, `*.suffix` for all names below a suffix, or undefined for every name. */
export type Pattern = string | undefined;

/** Whether a host name (lower case) is one that the pattern means. `*.a.b` means `x.a.b` and `y.x.a.b`, not `a.b`. */
export const matchesHostname = (pattern: Pattern, host: string): boolean =>
  pattern === undefined ||
  (isWildcard(pattern) ? host.length >= pattern.length && host.endsWith(pattern.slice(1)) : host === pattern);

/** The names that both patterns mean, as one pattern; `none` when there are none. */
export const intersect = (one: Pattern, other: Pattern): { readonly pattern: Pattern } | "none" => {
  if (one === undefined) return { pattern: other };
  if (other === undefined) return { pattern: one };
  if (one === other) return { pattern: one };
  if (isWildcard(one) && isBelow(other, one)) return { pattern: other };
  if (isWildcard(other) && isBelow(one, other)) return { pattern: one };
  return "none";
};

/** Every pattern that can mean a host name, the most specific first. */
export const patternsOf = (host: string): Pattern[] => {
  const labels = host.split(".");
  const wildcards = labels.slice(1).map((_label, at) => `*.${labels.slice(at + 1).join(".")}`);
  return [host, ...wildcards, undefined];
};

/** The host of a Host header or `:authority`, without its port, in lower case; undefined when it is none. */
export const hostnameOf = (authority: string): string | undefined => {
  const found = /^(\[[\da-fA-F:.]+\]|[\w.-]+)(?::\d{0,5})?$/.exec(authority)?.[1];
  return found?.toLowerCase().replace(/\.$/, "");
};

const isWildcard = (pattern: string): boolean => pattern.startsWith("*.");

const isBelow = (pattern: string, wildcard: string): boolean =>
  pattern.length > wildcard.length - 1 && pattern.endsWith(wildcard.slice(1));
