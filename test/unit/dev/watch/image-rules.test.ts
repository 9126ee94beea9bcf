import { describe, expect, test } from "vitest";
import { imageFilter, imageRules } from "../../../../src/dev/watch/image-rules.ts";
import { scanTree } from "../../../../src/dev/watch/scan.ts";
import { tree } from "./files.ts";

const context = async (folder: string, dockerfile?: string): Promise<string[]> =>
  (await scanTree(folder, imageRules(folder, dockerfile))).map((entry) => entry.path).sort();

describe("an image build sees", () => {
  test("what git ignores too, but not our own folder", async () => {
    const folder = tree({ ".gitignore": "dist", "dist/a": "", "node_modules/x": "", ".choreo-dev/y": "" });
    expect(await context(folder)).toEqual([".gitignore", "dist/a", "node_modules/x"]);
  });

  test.each<[string, string, string[], string[]]>([
    ["patterns are anchored, unlike git's", "a.log\n", ["a.log"], ["in/a.log"]],
    ["two stars reach into every folder", "**/*.log\n", ["a.log", "in/b.log"], ["in/c.txt"]],
    ["a folder goes with all in it", "in\n", ["in/a", "in/deep/b"], ["other/in/c"]],
    ["slashes in front and at the end do not count", "/in/\n./out/..//top\n", ["in/a", "top"], ["out/b"]],
    ["exceptions reach into folders that are left out", "in\n!in/keep\n", ["in/a"], ["in/keep"]],
    ["exceptions with wildcards too", "**\n!*/src/**\n!README*\n", ["a", "x/a"], ["README.md", "x/src/deep/b"]],
    ["the last line that speaks of a file wins", "*.md\n!README.md\nREADME*\n", ["README.md", "a.md"], ["b.txt"]],
    ["comments, blanks and case", "# x\n\n  a \n", ["a"], ["A", "# x"]],
    ["a byte order mark and CRLF", "\uFEFFa\r\nb\r\n", ["a", "b"], ["c"]],
  ])("by its .dockerignore: %s", async (_title, rules, left, kept) => {
    const folder = tree({
      ".dockerignore": rules,
      ...Object.fromEntries([...left, ...kept].map((file) => [file, ""])),
    });
    const seen = (await context(folder)).filter((file) => file !== ".dockerignore");
    expect(seen).toEqual([...kept].sort());
    const inImage = await imageFilter(folder);
    expect([...left, ...kept].filter((file) => inImage(file)).sort()).toEqual([...kept].sort());
  });

  test("by the ignore file of its own Dockerfile, where there is one", async () => {
    const files = { a: "", b: "", ".dockerignore": "a\n", "docker/dev.Dockerfile.dockerignore": "b\n" };
    const folder = tree(files);
    expect(await context(folder, "docker/prod.Dockerfile")).not.toContain("a");
    expect(await context(folder, "docker/dev.Dockerfile")).toEqual([
      ".dockerignore",
      "a",
      "docker/dev.Dockerfile.dockerignore",
    ]);
    expect(imageRules(folder, "docker/dev.Dockerfile").outside).toEqual([
      `${folder}/docker/dev.Dockerfile.dockerignore`,
    ]);
  });

  test("no more of a folder that is left out than exceptions can name", async () => {
    const folder = tree({ ".dockerignore": "big\nin\n!in/keep\n", "in/keep": "" });
    const rules = await imageRules(folder).open([]);
    expect(rules.ignores("big", true)).toBe(true);
    expect(rules.ignores("in", true)).toBe(false);
    expect((await rules.enter("in", [])).ignores("other", true)).toBe(true);
  });

  test("names like parts of objects as any other", async () => {
    const folder = tree({ ".dockerignore": "x\n", "in/constructor": "", "in/__proto__": "", toString: "" });
    expect(await context(folder)).toEqual([".dockerignore", "in/__proto__", "in/constructor", "toString"]);
  });
});
