import { describe, expect, test } from "vitest";
import { fillIn } from "../../../src/addons/placeholders.ts";

describe("placeholders", () => {
  test("are replaced in keys, in values and inside longer strings", () => {
    const filled = fillIn({ "${who}-x": ["a ${who} b"] }, { who: "me" });
    expect(filled).toEqual({ "me-x": ["a me b"] });
  });

  test("keep the type of a parameter that is the whole string", () => {
    expect(fillIn({ port: "${port}", text: "p${port}" }, { port: 30443 })).toEqual({ port: 30443, text: "p30443" });
  });

  test("cannot break out of the string they are in", () => {
    expect(fillIn({ name: "${x}" }, { x: 'a"\nb: ${y}' })).toEqual({ name: 'a"\nb: ${y}' });
  });

  test("that are not known are an error", () => {
    expect(() => fillIn("${nope}", { yes: 1 })).toThrow(expect.objectContaining({ code: "E_INTERNAL" }));
    expect(() => fillIn("${constructor}", {})).toThrow(expect.objectContaining({ code: "E_INTERNAL" }));
  });
});
