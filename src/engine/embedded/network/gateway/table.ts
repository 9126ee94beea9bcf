import { type Pattern, matchesHostname, patternsOf } from "./hostname.ts";
import { compareRanks, type Matcher, type RequestFacts } from "./match.ts";
import type { Backend, Filters } from "./rule.ts";

/** A rule of a route as it is served. */
export interface Rule {
  /** `namespace/name` of its route. */
  readonly route: string;
  readonly filters: Filters;
  readonly backends: readonly Backend[];
  readonly timeoutMs: number | undefined;
}

/** One alternative of a rule under one host name. */
export interface Entry {
  readonly hostname: Pattern;
  readonly matcher: Matcher;
  readonly rule: Rule;
  /** When its route was made. */
  readonly created: string;
}

/** What a listener serves. */
export interface Table {
  find(host: string, request: RequestFacts): Entry | undefined;
}

/**
 * The first entry that fits: by host name, the most specific first; then by the rank of the match; then that of the oldest
 * route, of the first by name, and of the first in its route (the order in which they are given).
 */
export const createTable = (entries: readonly Entry[]): Table => {
  const byHost = new Map<Pattern, Entry[]>();
  for (const entry of entries.toSorted(compareEntries)) {
    const bucket = byHost.get(entry.hostname) ?? [];
    bucket.push(entry);
    byHost.set(entry.hostname, bucket);
  }
  return {
    find: (host, request) => {
      for (const pattern of patternsOf(host)) {
        const found = byHost.get(pattern)?.find(({ matcher }) => matcher.matches(request));
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
};

/** Of things with host names the one that is most specific for a host. */
export const mostSpecific = <T extends { readonly hostname: Pattern }>(
  all: readonly T[],
  host: string,
): T | undefined =>
  all
    .filter(({ hostname }) => matchesHostname(hostname, host))
    .toSorted((one, other) => specificity(other.hostname) - specificity(one.hostname))[0];

const specificity = (pattern: Pattern): number =>
  pattern === undefined ? 0 : pattern.startsWith("*.") ? pattern.length : 1000 + pattern.length;

const compareEntries = (one: Entry, other: Entry): number =>
  compareRanks(one.matcher.rank, other.matcher.rank) ||
  compareTexts(one.created, other.created) ||
  compareTexts(one.rule.route, other.rule.route);

const compareTexts = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);
