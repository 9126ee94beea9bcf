import { describe, expect, it } from "vitest";
import { endToEnd, groupFields, modifyFields } from "../../../../../src/engine/embedded/network/gateway/fields.ts";
import { hostnameOf } from "../../../../../src/engine/embedded/network/gateway/hostname.ts";
import { resolveDots } from "../../../../../src/engine/embedded/network/gateway/request.ts";
import {
  chooseBackend,
  compileFilters,
  modifyPath,
  timeoutOf,
} from "../../../../../src/engine/embedded/network/gateway/rule.ts";

describe("a path", () => {
  it.each([
    ["/foo/bar", "/foo", "/xyz", "/xyz/bar"],
    ["/foo/bar", "/foo", "/xyz/", "/xyz/bar"],
    ["/foo", "/foo", "/xyz", "/xyz"],
    ["/foo/", "/foo", "/xyz", "/xyz/"],
    ["/foo/bar", "/foo", "", "/bar"],
    ["/foo", "/foo", "", "/"],
    ["/foo/", "/foo", "/", "/"],
    ["/foo", "/foo", "/", "/"],
    ["/foo", "", "/xyz", "/xyz/foo"],
  ])("%s without prefix %s and with %s is %s", (path, prefix, replacePrefixMatch, result) => {
    expect(modifyPath(path, { type: "ReplacePrefixMatch", replacePrefixMatch }, prefix)).toBe(result);
  });

  it("is replaced as a whole, or not at all", () => {
    expect(modifyPath("/a/b", { type: "ReplaceFullPath", replaceFullPath: "/c" }, "/a")).toBe("/c");
    expect(modifyPath("/a/b", undefined, "/a")).toBe("/a/b");
    expect(modifyPath("/a/b", { type: "ReplacePrefixMatch", replacePrefixMatch: "/c" }, undefined)).toBe("/a/b");
  });

  it.each([
    ["/a/b", "/a/b"],
    ["/a/./b", "/a/b"],
    ["/a/../b", "/b"],
    ["/../../b", "/b"],
    ["/a/b/..", "/a/"],
    ["/a/%2e%2E/b", "/b"],
    ["/a/.%2e", "/"],
    ["/a//b", "/a//b"],
    ["/a/.../b", "/a/.../b"],
    ["/.well-known/x", "/.well-known/x"],
    ["/a%2F../b", "/a%2F../b"],
  ])("%s is %s without dots", (path, result) => {
    expect(resolveDots(path)).toBe(result);
  });
});

describe("a host", () => {
  it.each([
    ["a.test", "a.test"],
    ["A.Test:8443", "a.test"],
    ["a.test.", "a.test"],
    ["[::1]:80", "[::1]"],
    ["127.0.0.1:", "127.0.0.1"],
    ["", undefined],
    ["a b", undefined],
    ["a.test/x", undefined],
    ["user@a.test", undefined],
    ["a.test:80:90", undefined],
  ])("of %s is %s", (authority, host) => {
    expect(hostnameOf(authority)).toBe(host);
  });
});

describe("fields", () => {
  it("of the connection do not go on", () => {
    const fields = [
      ["Host", "a"],
      ["Connection", "close, X-Mine, host, x-forwarded-for"],
      ["X-Mine", "1"],
      ["X-Forwarded-For", "2"],
      ["Transfer-Encoding", "chunked"],
      ["TE", "trailers"],
      ["Upgrade", "h2c"],
      ["Proxy-Authorization", "secret"],
      ["Accept", "x"],
    ] as const;
    expect(endToEnd(fields)).toEqual([
      ["Host", "a"],
      ["X-Forwarded-For", "2"],
      ["Accept", "x"],
    ]);
  });

  it("are set, added and removed whatever their case", () => {
    const fields = [
      ["A", "1"],
      ["a", "2"],
      ["B", "3"],
    ] as const;
    const modifier = { set: [{ name: "a", value: "4" }], add: [{ name: "C", value: "5" }], remove: ["b"] };
    expect(modifyFields(fields, modifier)).toEqual([
      ["a", "4"],
      ["C", "5"],
    ]);
  });

  it("named like an object's own are fields like others", () => {
    expect([...groupFields([["__proto__", "1"]])]).toEqual([["__proto__", ["1"]]]);
  });
});

describe("a backend", () => {
  const filters = compileFilters();
  const backends = [3, 0, 1].map((weight, at) => ({ weight, filters, problem: String(at) }));

  it("has its share", () => {
    const chosen = [0, 0.5, 0.74, 0.75, 0.99].map((random) => chooseBackend(backends, random)?.problem);
    expect(chosen).toEqual(["0", "0", "0", "2", "2"]);
  });

  it("is none when no weight is left", () => {
    expect(chooseBackend([], 0.5)).toBeUndefined();
    expect(chooseBackend([{ weight: 0, filters }], 0)).toBeUndefined();
  });
});

it("the shorter time-out counts, 0 for none", () => {
  expect(timeoutOf({})).toBeUndefined();
  expect(timeoutOf({ timeouts: { request: "0s" } })).toBeUndefined();
  expect(timeoutOf({ timeouts: { request: "10s", backendRequest: "1500ms" } })).toBe(1500);
  expect(timeoutOf({ timeouts: { request: "0s", backendRequest: "2s" } })).toBe(2000);
});
