import { describe, expect, test } from "vitest";
import { conditionHolds } from "../../../../../src/engine/embedded/workflow/expression/condition.ts";
import { evaluate } from "../../../../../src/engine/embedded/workflow/expression/evaluate.ts";
import { jsonError } from "../../../../../src/engine/embedded/workflow/expression/json-error.ts";
import { substitute } from "../../../../../src/engine/embedded/workflow/template/substitute.ts";

describe("an expression", () => {
  const names = { inputs: { parameters: { text: "abc", list: "[3, 1, 2]" } }, n: 5 };

  test.each<[string, unknown]>([
    ["1 + 2 * 3", 7],
    ["(1 + 2) * 3", 9],
    ["2 ** 3 ** 2", 512],
    ["7 % 4 - 1", 2],
    ["-n + 1", -4],
    ["n > 4 and not (n == 6)", true],
    ["n > 4 ? 'big' : 'small'", "big"],
    ["inputs.parameters.text + '!'", "abc!"],
    ["inputs.parameters['text']", "abc"],
    ["inputs?.nothing?.more ?? 'none'", "none"],
    ["'b' in ['a', 'b']", true],
    ["'abc' contains 'b' && 'abc' startsWith 'a' && 'abc' endsWith 'c'", true],
    ["'abc' matches '^a.c$'", true],
    ["map(fromJSON(inputs.parameters.list), {# * 2})", [6, 2, 4]],
    ["filter(fromJSON(inputs.parameters.list), {# > 1})", [3, 2]],
    ["all(1..3, {# > 0})", true],
    ["asInt('12') + len('ab')", 14],
    ["asFloat('1.5')", 1.5],
    ["jsonpath('{\"a\": [{\"b\": 7}]}', '$.a[0].b')", 7],
    ["toJson({'b': 1, 'a': [true]})", '{"a":[true],"b":1}'],
    ["sprig.trim('  x ')", "x"],
    ["let x = 2; x * x", 4],
    ["[1, 2, 3][1:]", [2, 3]],
    ["'x' | upper()", "X"],
  ])("%s", (text, value) => {
    expect(evaluate(text, names)).toEqual(value);
  });

  test.each([
    ["1 +", "unexpected end of the expression"],
    ["nothing + 1", "unknown name nothing"],
    ["'a' + 1", "invalid operation: + of a, which is no number"],
    ["nope(1)", "unknown function nope"],
    ["constructor", "unknown name constructor"],
    ["inputs.constructor.name", "cannot fetch name from nil"],
    ["'(a+)+$' matches '(a+)+$'", "pattern (a+)+$ is not supported"],
    [`${"(".repeat(300)}1${")".repeat(300)}`, "nested too deeply"],
    ["map(1..10000, {map(1..10000, {#})})", "takes too many operations"],
  ])("%s fails", (text, message) => {
    expect(() => evaluate(text, names)).toThrow(message);
  });
});

describe("a condition", () => {
  test.each<[string, boolean]>([
    ["heads == heads", true],
    ["heads == tails || 2 > 1", true],
    ["'a' in ('a', 'b')", true],
    ["'c' in ('a', 'b')", false],
    ["'in (x)' == 'in (x)'", true],
    ["true", true],
    ["1 == '1'", false],
  ])("%s", (text, holds) => {
    expect(conditionHolds(text)).toBe(holds);
  });

  test.each([
    ["1 + 1", "Expected boolean evaluation for '1 + 1'. Got 2"],
    ["1 +", "Invalid 'when' expression '1 +': Unexpected end of expression"],
  ])("%s is none", (text, message) => {
    expect(() => conditionHolds(text)).toThrow(message);
  });
});

describe("substitution", () => {
  const scope = new Map<string, unknown>([
    ["a", "1"],
    ["steps.x.outputs.result", "it's {{a}}"],
    ["inputs.parameters.__proto__", "p"],
  ]);

  test("fills strings and keys, and nothing twice", () => {
    expect(substitute({ "{{a}}": ["{{ a }}-{{steps.x.outputs.result}}", 1, null] }, scope)).toEqual({
      "1": ["1-it's {{a}}", 1, null],
    });
  });

  test("leaves what it does not know for later", () => {
    expect(substitute("{{b}} {{=b + '1'}} {{=a + '1'}}", scope)).toBe("{{b}} {{=b + '1'}} 11");
  });

  test("takes names of prototypes as plain names", () => {
    const parsed: unknown = JSON.parse('{"__proto__": "{{inputs.parameters.__proto__}}{{constructor}}"}');
    const result = substitute(parsed, scope) as object;
    expect(Object.getPrototypeOf(result)).toBe(Object.prototype);
    expect(JSON.stringify(result)).toBe('{"__proto__":"p{{constructor}}"}');
  });
});

describe("what Go says of a text that is no JSON", () => {
  test.each([
    ["", "unexpected end of JSON input"],
    ["abc", "invalid character 'a' looking for beginning of value"],
    ["no list", "invalid character 'o' in literal null (expecting 'u')"],
    ["tru", "unexpected end of JSON input"],
    ["1 2", "invalid character '2' after top-level value"],
    ["[1, ", "unexpected end of JSON input"],
  ])("%j", (text, message) => {
    expect(jsonError(text)).toBe(message);
  });
});
