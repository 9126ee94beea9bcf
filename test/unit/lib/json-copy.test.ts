import { expect, test } from "vitest";
import { jsonCopy } from "../../../src/lib/json-copy.ts";

test("a copy of data is equal to it and shares nothing with it", () => {
  const data = { list: [{ a: 1 }, null, "text"], deep: { deeper: { number: 2 } } };
  const copy = jsonCopy(data);
  expect(copy).toEqual(data);
  copy.deep.deeper.number = 3;
  (copy.list[0] as { a: number }).a = 4;
  expect(data).toEqual({ list: [{ a: 1 }, null, "text"], deep: { deeper: { number: 2 } } });
});

test("a key that would be the prototype is a key of the copy", () => {
  const copy = jsonCopy(JSON.parse('{"__proto__":{"evil":true}}') as object);
  expect(Object.keys(copy)).toEqual(["__proto__"]);
  expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
});
