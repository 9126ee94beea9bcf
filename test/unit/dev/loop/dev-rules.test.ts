import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { readDevRules } from "../../../../src/dev/loop/dev-rules.ts";
import { temporaryFolder } from "../../../helpers/temporary-folder.ts";

const folderWith = (text: string): string => {
  const folder = temporaryFolder();
  mkdirSync(path.join(folder, ".choreo"));
  writeFileSync(path.join(folder, ".choreo", "component.yaml"), text);
  return folder;
};

describe("the rules of a component for saves", () => {
  test("are in its own description, beside what a build reads there", async () => {
    const text = 'endpoints: []\ndev:\n  sync:\n    - { path: "views/**", restart: false }\n    - path: "*.graphql"\n';
    expect(await readDevRules(folderWith(text))).toEqual([{ path: "views/**", restart: false }, { path: "*.graphql" }]);
  });

  test("are none where nothing is said", async () => {
    expect(await readDevRules(temporaryFolder())).toEqual([]);
    expect(await readDevRules(folderWith("endpoints: []\n"))).toEqual([]);
  });

  test.each(["dev: { sync: [{ file: a }] }", "dev: { sync: yes }", "dev: { synk: [] }", "dev: ["])(
    "that cannot be understood are an error that shows how: %s",
    async (text) => {
      await expect(readDevRules(folderWith(text))).rejects.toMatchObject({ code: "E_SOURCE" });
    },
  );
});
