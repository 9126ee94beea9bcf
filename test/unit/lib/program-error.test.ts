import { describe, expect, test } from "vitest";
import { gistOf, programError } from "../../../src/lib/program-error.ts";

const SYNTAX = `/app/src/server.js:14
const a = );
          ^

SyntaxError: Unexpected token ')'
    at wrapSafe (node:internal/modules/cjs/loader:1464:18)

Node.js v20.20.2
`;

const THROWN = `listening
/app/src/lib/prices.js:3
  throw new TypeError("no prices");
  ^

TypeError: no prices
    at load (/app/src/lib/prices.js:3:9)
    at Object.<anonymous> (/app/src/server.js:1:1)
    at Module._compile (node:internal/modules/cjs/loader:1554:14)
`;

const MODULE = `file:///app/src/server.mjs:2
import { a } from "./b.mjs";
         ^
SyntaxError: The requested module './b.mjs' does not provide an export named 'a'
    at ModuleJob._instantiate (node:internal/modules/esm/module_job:180:21)
`;

const PYTHON = `Traceback (most recent call last):
  File "/usr/lib/python3.13/runpy.py", line 198, in _run_module_as_main
  File "/app/src/main.py", line 5, in <module>
    import prices
  File "/app/src/prices.py", line 2, in <module>
    raise ValueError("no prices")
ValueError: no prices
`;

describe("what a program said before it ended", () => {
  test.each([
    ["a syntax error", SYNTAX, "SyntaxError: Unexpected token ')' (server.js:14)"],
    ["an error that was thrown", THROWN, "TypeError: no prices (lib/prices.js:3)"],
    [
      "an error of a module",
      MODULE,
      "SyntaxError: The requested module './b.mjs' does not provide an export named 'a' (server.mjs:2)",
    ],
    ["a traceback", PYTHON, "ValueError: no prices (prices.py:2)"],
    ["an error of somebody else's file", "Error: boom\n    at f (/lib/x.js:1:1)\n", "Error: boom"],
    ["no error at all", "starting\nport 80 is taken\n", "port 80 is taken"],
  ])("is told in a line: %s", (_what, log, wanted) => {
    expect(programError(log, "/app/src")).toBe(wanted);
  });

  test("may be nothing", () => {
    expect(programError("\n\n", "/app/src")).toBeUndefined();
  });
});

describe("the gist of a message", () => {
  test("is its first line and the line of the program's output that tells most", () => {
    expect(gistOf(`container main exited with 1:\n${SYNTAX}`)).toBe(
      "container main exited with 1: SyntaxError: Unexpected token ')'",
    );
  });

  test("is the message where no program printed anything", () => {
    expect(gistOf("0/1 nodes are available")).toBe("0/1 nodes are available");
  });
});
