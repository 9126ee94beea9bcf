import { describe, expect, test } from "vitest";
import { createHide } from "../../../src/diagnostics/hide.ts";

const KEY = ["-----BEGIN EC KEY-----", "MHcCAQEEIBkg4LVWM9nuwNSk3yByxZpYRTBnVCQHT", "-----END EC KEY-----", ""].join(
  "\n",
);
const { text, value } = createHide(["hunter2", "correct horse battery staple", KEY, "abc", 'with "quotes"\tand more']);

describe("hiding", () => {
  test.each([
    ["a known value", "login as hunter2", "login as ***"],
    ["one with spaces", "say correct horse battery staple twice", "say *** twice"],
    ["its base64", `data ${Buffer.from("hunter2").toString("base64")}`, "data ***=="],
    ["its form in an address", "GET /?q=correct%20horse%20battery%20staple", "GET /?q=***"],
    ["its form in JSON", JSON.stringify({ a: 'with "quotes"\tand more' }), '{"a":"***"}'],
    ["each line of a key", "line MHcCAQEEIBkg4LVWM9nuwNSk3yByxZpYRTBnVCQHT", "line ***"],
    ["what only looks like a key", "authorization: Bearer abcdef", "authorization: Bearer ***"],
  ])("takes %s out of a text", (_what, given, wanted) => {
    expect(text(given)).toBe(wanted);
  });

  test("leaves a word alone that holds a short secret, and what is too short to be one", () => {
    expect(text("the hunter2000 of abc")).toBe("the hunter2000 of abc");
  });

  test("takes secrets out of a value of any depth, and what stands under the name of one", () => {
    const given = {
      password: "unknown to us",
      env: [
        { name: "DB_PASSWORD", value: "typed in by hand" },
        { name: "GREETING", value: "hello" },
      ],
      nested: [{ note: "hunter2 was here", count: 3, none: null }],
      secret: { secretName: "db" },
      empty: { token: "" },
    };
    expect(value(given)).toEqual({
      password: "***",
      env: [
        { name: "DB_PASSWORD", value: "***" },
        { name: "GREETING", value: "hello" },
      ],
      nested: [{ note: "*** was here", count: 3, none: null }],
      secret: { secretName: "db" },
      empty: { token: "" },
    });
  });
});
