import { describe, expect, test } from "vitest";
import { decodeJson, decodeYaml } from "../../../../../src/engine/embedded/api/body.ts";
import { continueToken, parseContinue } from "../../../../../src/engine/embedded/api/continue.ts";
import { parseFieldSelector } from "../../../../../src/engine/embedded/api/field-selector.ts";
import { parseLabelSelector } from "../../../../../src/engine/embedded/api/label-selector.ts";
import { pathParts } from "../../../../../src/engine/embedded/api/path.ts";
import { StatusError } from "../../../../../src/engine/embedded/api/status.ts";
import { parseSchedule } from "../../../../../src/engine/embedded/cron/schedule.ts";
import { PatchError, jsonPatch } from "../../../../../src/engine/embedded/patch/json-patch.ts";
import { compileRule, evaluate } from "../../../../../src/engine/embedded/schema/cel/engine.ts";
import { parseQuantity } from "../../../../../src/engine/embedded/schema/cel/quantity.ts";
import { JsonPathError, evaluateJsonPath } from "../../../../../src/engine/embedded/schema/json-path.ts";
import type { Schema } from "../../../../../src/engine/embedded/schema/schema.ts";
import { pick, seeded } from "../../../../helpers/random.ts";

const ROUNDS = 3000;
const JUNK = [
  "",
  " ",
  "\0",
  "\n",
  "'",
  '"',
  "\\",
  "%",
  "é",
  "\u{1F600}",
  "__proto__",
  "constructor",
  "(",
  "[",
  "{",
  "-",
  "9".repeat(40),
  "e99",
];

/** A text of a language's own pieces, some junk between them, now and then cut or very deep. */
const textOf = (random: () => number, pieces: readonly string[]): string => {
  const count = Math.floor(random() * 12);
  const parts = Array.from({ length: count }, () => (random() < 0.15 ? pick(random, JUNK) : pick(random, pieces)));
  const text = parts.join(random() < 0.5 ? "" : " ");
  return random() < 0.02 ? pick(random, ["(", "[", "!", "-", "{"]).repeat(5000) + text : text;
};

/** Nothing but the errors that are meant to come out of it does; the text that broke it is in the message. */
const survives = (
  pieces: readonly string[],
  parse: (text: string) => unknown,
  expected: (error: unknown) => boolean,
): void => {
  for (let seed = 1; seed <= ROUNDS; seed++) {
    const text = textOf(seeded(seed), pieces);
    try {
      parse(text);
    } catch (error) {
      if (!expected(error))
        throw new Error(`seed ${seed}: ${JSON.stringify(text.slice(0, 200))}: ${String(error)}`, { cause: error });
    }
  }
};

const isStatus = (error: unknown): boolean => error instanceof StatusError && error.status.code === 400;
const isPlain = (error: unknown): boolean => error instanceof Error && error.constructor === Error;

describe("random text", () => {
  test("is a label selector, or refused with a Status", () => {
    const pieces = ["app", "a.b/c", "=", "==", "!=", "!", " in ", " notin ", "(", ")", ",", "x", "1", ">", "<"];
    survives(pieces, (text) => parseLabelSelector(text)({ app: "x", __proto__: "y" }), isStatus);
    expect(parseLabelSelector("app in (x,y),!z")({ app: "x" })).toBe(true);
  });

  test("is a field selector, or refused with a Status", () => {
    survives(
      ["metadata.name", "=", "==", "!=", ",", "x", "\\,", "\\=", "spec.nodeName"],
      (text) => parseFieldSelector(text),
      isStatus,
    );
    expect(parseFieldSelector("metadata.name=a")).toHaveLength(1);
  });

  test("is a continue token, or refused with a Status", () => {
    const token = continueToken({ revision: 7, after: "default/a" });
    survives([token, token.slice(0, 9), "eyJ2Ijoi", "AAAA", "="], parseContinue, isStatus);
    expect(parseContinue(token)).toEqual({ revision: 7, after: "default/a" });
  });

  test("is a path of the API, or none", () => {
    survives(
      ["/", "api", "apis", "v1", "namespaces", "..", ".", "%2f", "%", "%e0%a4%a", "pods", "?"],
      pathParts,
      isStatus,
    );
    expect(pathParts("/api/v1/pods")).toBeDefined();
  });

  test("is a JSONPath, or a JsonPathError", () => {
    const pieces = [
      ".a",
      ".b",
      "[0]",
      "[*]",
      "[-1:]",
      "['a.b']",
      "[?(@.type=='Ready')]",
      "..x",
      "{",
      "}",
      "[",
      "]",
      ".",
      "@",
      "\\.",
    ];
    const object = { a: { b: [1, { type: "Ready", x: 1 }], "a.b": 2 } };
    survives(
      pieces,
      (text) => evaluateJsonPath(text, object),
      (error) => error instanceof JsonPathError,
    );
    expect(evaluateJsonPath(".a.b[?(@.type=='Ready')].x", object)).toEqual([1]);
  });

  test("is a rule, or one whose problem is said, and never runs for ever", () => {
    const pieces = [
      "self",
      ".a",
      ".size()",
      "==",
      "1",
      "'x'",
      "&&",
      "||",
      "!",
      "(",
      ")",
      "[0]",
      "has(self.a)",
      "self.b.all(x, x > 0)",
      "?",
      ":",
      "+",
      "oldSelf",
      "'a'.matches('(a+)+$')",
      "duration('1h')",
      "quantity('1Gi')",
      "[1,2]",
    ];
    const schema: Schema = {
      type: "object",
      properties: { a: { type: "string" }, b: { type: "array", items: { type: "integer" } } },
    };
    survives(
      pieces,
      (text) => {
        const compiled = compileRule({ rule: text }, schema, true);
        const { outcome } = evaluate(compiled, { a: "x", b: [1, 2, 3] }, undefined, schema, { left: 10_000 });
        if (!["held", "failed", "violated"].includes(outcome)) throw new TypeError(outcome);
      },
      () => false,
    );
    const compiled = compileRule({ rule: "self.b.all(x, x > 1)" }, schema, true);
    expect(evaluate(compiled, { b: [1] }, undefined, schema, { left: 10_000 }).outcome).toBe("violated");
  });

  test("is a quantity, or none", () => {
    survives(["1", "0.5", "Gi", "m", "k", "e3", "E", "-", "+", ".", "n"], parseQuantity, () => false);
    expect(parseQuantity("1.5Gi")).toBeDefined();
  });

  test("is a schedule, or refused with what is wrong", () => {
    const pieces = ["*", "*/5", "1-5", "1,2", "MON", "JAN", "@every 5m", "@hourly", "60", "0", " ", "?", "L", "/"];
    survives(pieces, (text) => parseSchedule(text, "Etc/UTC").next(0), isPlain);
    expect(parseSchedule("*/5 * * * *", "Etc/UTC").next(0)).toBe(300_000);
  });

  test("is a JSON body, or refused with a Status", () => {
    const pieces = [
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      '"a"',
      '"__proto__"',
      "1",
      "-0",
      "1e400",
      "null",
      "true",
      "\\u0000",
      '"\\ud800"',
    ];
    survives(pieces, (text) => decodeJson(text, "ConfigMap"), isStatus);
    expect(decodeJson('{"a":1}', "ConfigMap").value).toEqual({ a: 1 });
  });

  test("is a YAML body, or refused with a Status", () => {
    const pieces = [
      "a: ",
      "- ",
      "\n",
      "  ",
      "&x ",
      "*x",
      "<<: ",
      "!!binary ",
      "|",
      ">",
      "{",
      "}",
      "#",
      "? ",
      "---\n",
      "~",
      "0x1",
    ];
    survives(pieces, decodeYaml, isStatus);
    expect(decodeYaml("a: 1").value).toEqual({ a: 1 });
  });
});

describe("random patches", () => {
  test("are applied, or refused with a PatchError", () => {
    const document = { a: { b: [1, { c: null }] }, "": 0 };
    const pointers = [
      "",
      "/",
      "/a",
      "/a/b",
      "/a/b/-",
      "/a/b/0",
      "/a/b/01",
      "/a/b/9",
      "/~0~1",
      "/__proto__/x",
      "/a/b/1/c",
    ];
    for (let seed = 1; seed <= ROUNDS; seed++) {
      const random = seeded(seed);
      const operations = Array.from({ length: 1 + Math.floor(random() * 5) }, () => ({
        op: pick(random, ["add", "remove", "replace", "move", "copy", "test"] as const),
        path: pick(random, pointers),
        from: pick(random, pointers),
        value: pick(random, [null, 1, "x", [], { y: 1 }]),
      }));
      const before = JSON.stringify(document);
      try {
        jsonPatch(document, operations);
      } catch (error) {
        if (!(error instanceof PatchError))
          throw new Error(`seed ${seed}: ${JSON.stringify(operations)}: ${String(error)}`, { cause: error });
      }
      expect(JSON.stringify(document)).toBe(before);
    }
    expect({}).not.toHaveProperty("x");
  });
});
