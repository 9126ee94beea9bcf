import { describe, expect, test } from "vitest";
import { renderError } from "../../../../src/cli/render/error.ts";
import { ChoreoError, ERROR_CODES, type ErrorCode } from "../../../../src/lib/errors.ts";
import { FakeOutput } from "../../../helpers/run-main.ts";

const rendered = (
  error: unknown,
  { env = {}, columns }: { env?: NodeJS.ProcessEnv; columns?: number } = {},
): string => {
  const output = new FakeOutput(columns);
  renderError(error, output, env);
  return output.text;
};

const failed = new ChoreoError("E_COMMAND", "kind create failed with exit code 1", {
  why: "kind create cluster --name shop",
  evidence: ["Creating cluster", "ERROR: node is not ready"],
  fix: "look at the lines\nthen try again",
});

describe("an error", () => {
  test("is the code, what happened, why, the evidence, and the next step last", () => {
    expect(rendered(failed)).toMatchInlineSnapshot(`
      "error  E_COMMAND  kind create failed with exit code 1
        why   kind create cluster --name shop
        Creating cluster
        ERROR: node is not ready
        fix   look at the lines
              then try again
      "
    `);
  });

  test("returns the exit code of its code", () => {
    for (const code of Object.keys(ERROR_CODES) as ErrorCode[]) {
      expect(renderError(new ChoreoError(code, "x"), new FakeOutput(), {})).toBe(ERROR_CODES[code].exit);
    }
  });

  test.each([
    [{}, undefined, false],
    [{}, 80, true],
    [{ NO_COLOR: "1" }, 80, false],
    [{ TERM: "dumb" }, 80, false],
    [{ FORCE_COLOR: "1" }, undefined, true],
    [{ FORCE_COLOR: "1", NO_COLOR: "1" }, undefined, true],
    [{ FORCE_COLOR: "0" }, 80, false],
  ])("with %j and a width of %s has colours: %s", (env, columns, coloured) => {
    expect(rendered(failed, { env, ...(columns === undefined ? {} : { columns }) }).includes("\u001B[")).toBe(coloured);
  });

  test("never holds a password or a key", () => {
    const key = "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----";
    const text = rendered(
      new ChoreoError("E_COMMAND", "docker login failed", { why: "password=hunter2", evidence: [key] }),
    );
    expect(text).not.toMatch(/hunter2|MIIE/);
  });

  test("has a text even when something else than an error was thrown", () => {
    expect(rendered("plain words")).toContain("plain words");
    expect(rendered(undefined)).toContain("E_INTERNAL");
  });
});
