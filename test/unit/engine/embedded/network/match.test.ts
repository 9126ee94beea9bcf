import { describe, expect, it } from "vitest";
import { intersect, matchesHostname, patternsOf } from "../../../../../src/engine/embedded/network/gateway/hostname.ts";
import type { RouteMatch } from "../../../../../src/engine/embedded/network/gateway/kinds.ts";
import { compileMatch, type RequestFacts } from "../../../../../src/engine/embedded/network/gateway/match.ts";
import { compileFilters } from "../../../../../src/engine/embedded/network/gateway/rule.ts";
import { createTable, mostSpecific, type Table } from "../../../../../src/engine/embedded/network/gateway/table.ts";
import { pick, seeded } from "../../../../helpers/random.ts";

interface Ask {
  readonly host?: string;
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: string;
}

const facts = ({ method = "GET", path = "/", headers = {}, query = "" }: Ask): RequestFacts => ({
  method,
  path,
  header: (name) => (Object.hasOwn(headers, name) ? headers[name] : undefined),
  query: (name) => new URLSearchParams(query).get(name) ?? undefined,
});

type RouteSpec = {
  readonly name: string;
  readonly hostnames?: readonly (string | undefined)[];
  readonly created?: string;
  readonly matches: readonly RouteMatch[];
};

const tableOf = (routes: readonly RouteSpec[]): Table =>
  createTable(
    routes.flatMap(({ name, hostnames = [undefined], created = "2030-01-01T00:00:00Z", matches }) =>
      hostnames.flatMap((hostname) =>
        matches.map((match, at) => ({
          hostname,
          created,
          matcher: compileMatch(match),
          rule: { route: `${name}#${at}`, filters: compileFilters(), backends: [], timeoutMs: undefined },
        })),
      ),
    ),
  );

const ask = (routes: readonly RouteSpec[], request: Ask): string | undefined =>
  tableOf(routes).find(request.host ?? "a.test", facts(request))?.rule.route;

const prefix = (value: string): RouteMatch => ({ path: { type: "PathPrefix", value } });
const exact = (value: string): RouteMatch => ({ path: { type: "Exact", value } });
const expression = (value: string): RouteMatch => ({ path: { type: "RegularExpression", value } });
const header = (name: string, value: string, type = "Exact"): { type: string; name: string; value: string } => ({
  type,
  name,
  value,
});

describe("one match", () => {
  const cases: readonly (readonly [match: RouteMatch, request: Ask, matches: boolean])[] = [
    [{}, { path: "/anything" }, true],
    [prefix("/"), { path: "/anything" }, true],
    [prefix("/abc"), { path: "/abc" }, true],
    [prefix("/abc"), { path: "/abc/" }, true],
    [prefix("/abc"), { path: "/abc/def" }, true],
    [prefix("/abc"), { path: "/abcd" }, false],
    [prefix("/abc"), { path: "/ab" }, false],
    [prefix("/abc"), { path: "/ABC" }, false],
    [prefix("/abc/"), { path: "/abc" }, true],
    [prefix("/abc/"), { path: "/abc/def" }, true],
    [prefix("/abc/def"), { path: "/abc/defg" }, false],
    [exact("/abc"), { path: "/abc" }, true],
    [exact("/abc"), { path: "/abc/" }, false],
    [exact("/abc/"), { path: "/abc" }, false],
    [exact("/"), { path: "/x" }, false],
    [expression("/v[0-9]+/.*"), { path: "/v12/x" }, true],
    [expression("/v[0-9]+"), { path: "/v12/x" }, false],
    [expression("/a|/b"), { path: "/b" }, true],
    [expression("/a|/b"), { path: "/bc" }, false],
    [{ method: "POST" }, { method: "POST" }, true],
    [{ method: "POST" }, { method: "GET" }, false],
    [{ headers: [header("X-Version", "2")] }, { headers: { "x-version": "2" } }, true],
    [{ headers: [header("x-version", "2")] }, { headers: { "x-version": "22" } }, false],
    [{ headers: [header("x-version", "2")] }, {}, false],
    [{ headers: [header("x", "1"), header("y", "2")] }, { headers: { x: "1" } }, false],
    [{ headers: [header("x", "1"), header("X", "2")] }, { headers: { x: "1" } }, true],
    [{ headers: [header("x", "a.c", "RegularExpression")] }, { headers: { x: "abc" } }, true],
    [{ headers: [header("x", "a.c", "RegularExpression")] }, { headers: { x: "xabc" } }, false],
    [{ headers: [header("__proto__", "1")] }, {}, false],
    [{ headers: [header("constructor", ".*", "RegularExpression")] }, {}, false],
    [{ queryParams: [header("q", "1")] }, { query: "?q=1" }, true],
    [{ queryParams: [header("q", "1")] }, { query: "?q=1&q=2" }, true],
    [{ queryParams: [header("q", "1")] }, { query: "?q=2&q=1" }, false],
    [{ queryParams: [header("Q", "1")] }, { query: "?q=1" }, false],
    [{ queryParams: [header("q", "a b")] }, { query: "?q=a%20b" }, true],
    [{ queryParams: [header("q", "[a-z]+", "RegularExpression")] }, { query: "?q=abc" }, true],
    [{ queryParams: [header("q", "")] }, { query: "?q" }, true],
    [{ queryParams: [header("q", "1")] }, { query: "?q=%E0%A4%A" }, false],
    [{ ...prefix("/a"), method: "GET", headers: [header("x", "1")] }, { path: "/a", headers: { x: "1" } }, true],
    [{ ...prefix("/a"), method: "GET", headers: [header("x", "1")] }, { path: "/b", headers: { x: "1" } }, false],
  ];
  it.each(cases)("%j of %j: %s", (match, request, matches) => {
    expect(compileMatch(match).matches(facts(request))).toBe(matches);
  });

  it.each([
    [{ path: { type: "Glob", value: "/" } }, "path match type Glob"],
    [expression("("), "regular expression ("],
    [{ headers: [header("x", "1", "Fuzzy")] }, "match type Fuzzy"],
  ])("%j is refused", (match, message) => {
    expect(() => compileMatch(match)).toThrow(`${message} is not supported`);
  });
});

describe("of several matches goes first", () => {
  const old = "2029-01-01T00:00:00Z";
  const cases: readonly (readonly [
    what: string,
    routes: readonly RouteSpec[],
    request: Ask,
    winner: string | undefined,
  ])[] = [
    [
      "the exact path",
      [
        { name: "p", matches: [prefix("/abc")] },
        { name: "e", matches: [exact("/abc")] },
      ],
      { path: "/abc" },
      "e#0",
    ],
    [
      "the exact path before an expression",
      [
        { name: "r", matches: [expression("/abc.*")] },
        { name: "e", matches: [exact("/abc")] },
      ],
      { path: "/abc" },
      "e#0",
    ],
    [
      "the expression before a prefix",
      [
        { name: "p", matches: [prefix("/abc")] },
        { name: "r", matches: [expression("/a.c")] },
      ],
      { path: "/abc" },
      "r#0",
    ],
    [
      "the longer prefix",
      [
        { name: "s", matches: [prefix("/a")] },
        { name: "l", matches: [prefix("/a/b")] },
      ],
      { path: "/a/b/c" },
      "l#0",
    ],
    [
      "the shorter prefix where the longer does not fit",
      [
        { name: "s", matches: [prefix("/a")] },
        { name: "l", matches: [prefix("/a/b")] },
      ],
      { path: "/a/c" },
      "s#0",
    ],
    [
      "the longer prefix, even if the other has a method",
      [
        { name: "m", matches: [{ ...prefix("/a"), method: "GET" }] },
        { name: "l", matches: [prefix("/a/b")] },
      ],
      { path: "/a/b" },
      "l#0",
    ],
    [
      "the one with a method",
      [
        { name: "n", matches: [prefix("/a")] },
        { name: "m", matches: [{ ...prefix("/a"), method: "GET" }] },
      ],
      { path: "/a" },
      "m#0",
    ],
    [
      "the one with a method before one with headers",
      [
        { name: "h", matches: [{ headers: [header("x", "1"), header("y", "1")] }] },
        { name: "m", matches: [{ method: "GET" }] },
      ],
      { headers: { x: "1", y: "1" } },
      "m#0",
    ],
    [
      "the one with more headers",
      [
        { name: "one", matches: [{ headers: [header("x", "1")] }] },
        { name: "two", matches: [{ headers: [header("x", "1"), header("y", "1")] }] },
      ],
      { headers: { x: "1", y: "1" } },
      "two#0",
    ],
    [
      "the one with headers before one with parameters",
      [
        { name: "q", matches: [{ queryParams: [header("q", "1"), header("r", "1")] }] },
        { name: "h", matches: [{ headers: [header("x", "1")] }] },
      ],
      { headers: { x: "1" }, query: "?q=1&r=1" },
      "h#0",
    ],
    [
      "the one with more parameters",
      [
        { name: "one", matches: [{ queryParams: [header("q", "1")] }] },
        { name: "two", matches: [{ queryParams: [header("q", "1"), header("r", "1")] }] },
      ],
      { query: "?q=1&r=1" },
      "two#0",
    ],
    [
      "the oldest route",
      [
        { name: "a", matches: [prefix("/")] },
        { name: "b", created: old, matches: [prefix("/")] },
      ],
      {},
      "b#0",
    ],
    [
      "the better match of a younger route",
      [
        { name: "a", created: old, matches: [prefix("/")] },
        { name: "b", matches: [prefix("/x")] },
      ],
      { path: "/x" },
      "b#0",
    ],
    [
      "the first by name",
      [
        { name: "z/a", matches: [prefix("/")] },
        { name: "a/z", matches: [prefix("/")] },
      ],
      {},
      "a/z#0",
    ],
    [
      "the first in its route",
      [{ name: "r", matches: [{ headers: [header("x", "1")] }, { headers: [header("y", "1")] }] }],
      { headers: { x: "1", y: "1" } },
      "r#0",
    ],
    [
      "the second alternative when only it fits",
      [{ name: "r", matches: [exact("/a"), exact("/b")] }],
      { path: "/b" },
      "r#1",
    ],
    ["nothing when nothing fits", [{ name: "r", matches: [exact("/a")] }], { path: "/b" }, undefined],
    [
      "the exact host",
      [
        { name: "w", hostnames: ["*.test"], matches: [exact("/a")] },
        { name: "e", hostnames: ["a.test"], matches: [prefix("/")] },
      ],
      { path: "/a" },
      "e#0",
    ],
    [
      "the longer wildcard",
      [
        { name: "s", hostnames: ["*.test"], matches: [prefix("/")] },
        { name: "l", hostnames: ["*.b.test"], matches: [prefix("/")] },
      ],
      { host: "a.b.test" },
      "l#0",
    ],
    [
      "the wildcard before all hosts",
      [
        { name: "all", matches: [exact("/a")] },
        { name: "w", hostnames: ["*.test"], matches: [prefix("/")] },
      ],
      { path: "/a" },
      "w#0",
    ],
    [
      "a less specific host when the specific one has no match",
      [
        { name: "w", hostnames: ["*.test"], matches: [prefix("/")] },
        { name: "e", hostnames: ["a.test"], matches: [exact("/x")] },
      ],
      { path: "/a" },
      "w#0",
    ],
    ["nothing of another host", [{ name: "e", hostnames: ["b.test"], matches: [prefix("/")] }], {}, undefined],
    ["any of several hosts", [{ name: "e", hostnames: ["b.test", "a.test"], matches: [prefix("/")] }], {}, "e#0"],
  ];
  it.each(cases)("%s", (_what, routes, request, winner) => {
    expect(ask(routes, request)).toBe(winner);
    expect(ask(routes.toReversed(), request)).toBe(winner);
  });
});

describe("host names", () => {
  it.each([
    ["a.test", "a.test", true],
    ["*.test", "a.test", true],
    ["*.test", "b.a.test", true],
    ["*.test", "test", false],
    ["*.test", ".test", false],
    ["*.test", "atest", false],
    ["a.test", "b.a.test", false],
    [undefined, "x", true],
  ])("%s means %s: %s", (pattern, host, matches) => {
    expect(matchesHostname(pattern, host)).toBe(matches);
  });

  it.each([
    [undefined, undefined, { pattern: undefined }],
    [undefined, "a.test", { pattern: "a.test" }],
    ["*.test", undefined, { pattern: "*.test" }],
    ["*.test", "a.test", { pattern: "a.test" }],
    ["a.test", "*.test", { pattern: "a.test" }],
    ["*.test", "*.a.test", { pattern: "*.a.test" }],
    ["*.a.test", "*.test", { pattern: "*.a.test" }],
    ["a.test", "b.test", "none"],
    ["*.test", "test", "none"],
    ["*.a.test", "*.b.test", "none"],
    ["*.test", "*.test", { pattern: "*.test" }],
  ])("%s and %s have %j in common", (one, other, common) => {
    expect(intersect(one, other)).toEqual(common);
  });

  it("choose the most specific listener", () => {
    const listeners = [undefined, "*.test", "*.a.test", "b.a.test"].map((hostname) => ({ hostname }));
    const found = ["x", "x.test", "x.a.test", "b.a.test"].map((host) => mostSpecific(listeners, host)?.hostname);
    expect(found).toEqual([undefined, "*.test", "*.a.test", "b.a.test"]);
    expect(mostSpecific([{ hostname: "a.test" }], "b.test")).toBeUndefined();
  });
});

describe("random routes and requests", () => {
  const random = seeded(20_261_123);
  const SEGMENTS = ["a", "b", "a.b", "%2F", "", "ä", "constructor", "__proto__"];
  const HOSTS = ["a.test", "b.a.test", "c.b.a.test", "*.test", "*.a.test", "*.b.a.test", undefined];
  const path = (): string =>
    `/${Array.from({ length: Math.floor(random() * 4) }, () => pick(random, SEGMENTS)).join("/")}`;
  const values = (): { name: string; value: string }[] =>
    Array.from({ length: Math.floor(random() * 3) }, () => ({
      name: pick(random, ["x", "y", "__proto__", "constructor"]),
      value: pick(random, ["1", "2", ""]),
    }));
  const match = (): RouteMatch => ({
    path: { type: pick(random, ["Exact", "PathPrefix"]), value: path() },
    ...(random() < 0.3 && { method: pick(random, ["GET", "POST"]) }),
    ...(random() < 0.5 && { headers: values() }),
    ...(random() < 0.5 && { queryParams: values() }),
  });

  /** The specification in the plainest words: segments instead of characters, all candidates instead of buckets. */
  const fits = (wanted: RouteMatch, request: Ask): boolean => {
    const segmentsOf = (text: string): string[] => text.replace(/\/+$/, "").split("/");
    const { type = "PathPrefix", value = "/" } = wanted.path ?? {};
    const own = segmentsOf(value);
    const asked = (request.path ?? "/").split("/");
    const pathFits = type === "Exact" ? request.path === value : own.every((segment, at) => asked[at] === segment);
    const first = (list: RouteMatch["headers"] = []): typeof list =>
      list.filter(({ name }, at) => list.findIndex((other) => other.name === name) === at);
    const { header: headerOf, query } = facts(request);
    return (
      pathFits &&
      (wanted.method ?? "GET") === "GET" &&
      first(wanted.headers).every(({ name, value: text }) => headerOf(name) === text) &&
      first(wanted.queryParams).every(({ name, value: text }) => query(name) === text)
    );
  };

  it("agree with the specification in plain words", () => {
    let found = 0;
    for (let round = 0; round < 3000; round++) {
      const routes: RouteSpec[] = Array.from({ length: 1 + Math.floor(random() * 6) }, (_, at) => ({
        name: `r${at}`,
        hostnames: [pick(random, HOSTS)],
        matches: [match()],
      }));
      const request: Ask = {
        host: pick(random, ["a.test", "b.a.test", "c.b.a.test", "other"]),
        path: path(),
        headers: Object.fromEntries(values().map(({ name, value }) => [name, value])),
        query: `?${values()
          .map(({ name, value }) => `${name}=${value}`)
          .join("&")}`,
      };
      const candidates = routes.filter(
        ({ hostnames, matches: [only = {}] }) =>
          matchesHostname(hostnames?.[0], request.host ?? "") && fits(only, request),
      );
      const winner = ask(routes, request);
      expect(candidates.map(({ name }) => `${name}#0`).includes(winner ?? "")).toBe(candidates.length > 0);
      if (winner === undefined) continue;
      found++;
      const chosen = routes.find(({ name }) => `${name}#0` === winner);
      const rank = (pattern: string | undefined): number => patternsOf(request.host ?? "").indexOf(pattern);
      for (const { hostnames } of candidates) {
        expect(rank(chosen?.hostnames?.[0])).toBeLessThanOrEqual(rank(hostnames?.[0]));
      }
    }
    expect(found).toBeGreaterThan(300);
  });
});
