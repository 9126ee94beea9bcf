import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { commandTable, commandTableMarkdown } from "../../../src/cli/command-table.ts";
import { ERROR_CODES } from "../../../src/lib/errors.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const read = (file: string): string => readFileSync(path.join(root, file), "utf8");

describe("docs/errors.md", () => {
  test("has each code with its exit code, a meaning and a next step, in the order of the source", () => {
    const rows = cells(read("docs/errors.md")).filter(([, code]) => code?.startsWith("`E_") === true);
    const wanted = Object.entries(ERROR_CODES).map(([code, { exit }]) => [`\`${code}\``, String(exit)]);
    expect(rows.map(([, code, exit]) => [code, exit])).toEqual(wanted);
    expect(rows.filter(([, , , meaning = "", next = ""]) => meaning.length < 10 || next.length < 10)).toEqual([]);
  });
});

describe("docs/cli.md", () => {
  test("names every command that prints JSON", () => {
    const withJson = commandTable().filter(({ options }) => {
      const { output } = options;
      return output?.type === "string" && output.choices?.includes("json") === true;
    });
    const text = read("docs/cli.md");
    expect(
      withJson.filter(({ name }) => !new RegExp(`^\\| \`${name}[ \`]`, "m").test(text)).map(({ name }) => name),
    ).toEqual([]);
  });
});

describe("README.md", () => {
  test.skipIf(!existsSync(path.join(root, "README.md")))("has the table of commands between its markers", () => {
    const [, table = ""] = /<!-- commands -->\n([\s\S]*?)\n<!-- \/commands -->/.exec(read("README.md")) ?? [];
    expect(cells(table)).toEqual(cells(commandTableMarkdown()));
  });
});

/** A table's cells without the padding that a formatter adds. */
const cells = (table: string): string[][] =>
  table
    .trim()
    .split("\n")
    .filter((line) => !/^[\s|:-]+$/.test(line))
    .map((line) => line.split("|").map((cell) => cell.trim()));
