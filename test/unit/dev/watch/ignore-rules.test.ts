import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { ignoreRules } from "../../../../src/dev/watch/ignore-rules.ts";
import { scanTree } from "../../../../src/dev/watch/scan.ts";
import { pick, seeded } from "../../../helpers/random.ts";
import { temporaryFolder } from "../../../helpers/temporary-folder.ts";
import { put } from "./files.ts";

const git = (folder: string, ...args: string[]): string =>
  execFileSync("git", args, { cwd: folder, encoding: "utf8", env: { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null" } });

const repository = (files: Readonly<Record<string, string>>): string => {
  const folder = temporaryFolder();
  git(folder, "init", "-q");
  put(folder, files);
  return folder;
};

const source = async (folder: string, extra: readonly string[] = []): Promise<string[]> =>
  (await scanTree(folder, ignoreRules(folder, extra))).map((entry) => entry.path).sort();

/** What git itself takes for untracked and not ignored. */
const untracked = (folder: string): string[] =>
  git(folder, "ls-files", "-z", "--others", "--exclude-standard", ".").split("\0").filter(Boolean).sort();

describe("source", () => {
  test("leaves out version control, packages, our files and what editors make", async () => {
    const folder = temporaryFolder();
    put(folder, {
      ...{ "a.js": "", "in/b.py": "", "4913x": "", "a.swc": "", "note~/kept-out": "" },
      ...{ ".hg/x": "", "node_modules/x/index.js": "", "in/node_modules/y.js": "", ".choreo-dev/state.json": "" },
      ...{ "in/4913": "", "in/.b.py.swp": "", "b.swp": "", "a.js~": "", ".#a.js": "", "#a.js#": "" },
      ...{ "a.js___jb_tmp___": "", "a.tmp___jb_bak___": "" },
    });
    expect(await source(folder)).toEqual(["4913x", "a.js", "a.swc", "in/b.py"]);
  });

  test("is what was asked for, whatever else says no", async () => {
    const folder = temporaryFolder();
    put(folder, {
      ...{ ".gitignore": "*.log\nout\n", "a.log": "", "b.log": "", "out/x": "", "out/y.txt": "" },
      ...{ "node_modules/own/index.js": "", "node_modules/other/index.js": "", "docs/z": "" },
    });
    const extra = ["!a.log", "!out/", "!/node_modules/", "/node_modules/*", "!/node_modules/own/", "docs"];
    expect(await source(folder, extra)).toEqual([
      ".gitignore",
      "a.log",
      "node_modules/own/index.js",
      "out/x",
      "out/y.txt",
    ]);
  });

  test.each<[string, Record<string, string>]>([
    [
      "nested files that override",
      { ".gitignore": "*.gen\n", "in/.gitignore": "!keep.gen\n", "in/keep.gen": "", "in/x.gen": "", "keep.gen": "" },
    ],
    [
      "a directory that a deeper file takes back",
      {
        ".gitignore": "build\n**/zz\n",
        "in/.gitignore": "!build\n",
        "in/build/x": "",
        "in/build/build": "",
        "build/y": "",
      },
    ],
    [
      "nothing in a directory that is ignored can be taken back",
      { ".gitignore": "out/\n!out/keep\n", "out/keep": "", "out/.gitignore": "!*\n" },
    ],
    [
      "a slash in front or within anchors",
      { ".gitignore": "/top\nin/mid\n", top: "", "in/top": "", "in/mid": "", "in/in/mid": "" },
    ],
    ["a slash at the end asks for a directory", { ".gitignore": "x/\n", "in/x": "", "x/y": "" }],
    [
      "two stars",
      { ".gitignore": "**/a/*.txt\nb/**\n!b/keep\n", "in/a/1.txt": "", "a/2.txt": "", "b/keep": "", "b/c/d": "" },
    ],
    [
      "brackets, question marks and escapes",
      {
        ".gitignore": "[ab].t\nc?.t\n\\#x\n\\!y\nlast\\ \n",
        "a.t": "",
        "c1.t": "",
        "c.t": "",
        "#x": "",
        "!y": "",
        "last ": "",
      },
    ],
    ["case counts", { ".gitignore": "*.LOG\n", "a.log": "", "b.LOG": "" }],
    [
      "names like parts of objects",
      { ".gitignore": "constructor\n", constructor: "", __proto__x: "", "in/toString": "" },
    ],
    ["a byte order mark and CRLF", { ".gitignore": "\uFEFFa.x\r\nb.x\r\n", "a.x": "", "b.x": "" }],
    ["the repository's exclude file", { ".git/info/exclude": "private\n# note\n", private: "", public: "" }],
  ])("agrees with git on %s", async (_title, files) => {
    const folder = repository(files);
    expect(await source(folder)).toEqual(untracked(folder));
  });

  test("counts files of folders above, up to the repository's top", async () => {
    const top = repository({
      ".gitignore": "*.gen\n/app/skip\n",
      "app/.gitignore": "",
      "app/skip/a": "",
      "app/x.gen": "",
      "app/a": "",
    });
    const folder = path.join(top, "app");
    expect(await source(folder)).toEqual([".gitignore", "a"]);
    expect(await source(folder)).toEqual(untracked(folder));
    const rules = ignoreRules(folder);
    await rules.open([]);
    expect(rules.outside).toEqual([path.join(top, ".git/info/exclude"), path.join(top, ".gitignore")]);
  });

  test("counts files of folders in between, each for what is below it", async () => {
    const top = repository({
      "mid/.gitignore": "mid\n/app/x\n*.gen\n",
      "mid/app/a": "",
      "mid/app/x": "",
      "mid/app/b.gen": "",
    });
    put(top, { ".gitignore": "mid/app/y\n/app\n", "mid/app/y": "", "mid/app/in/x": "", "mid/app/mid/z": "" });
    const folder = path.join(top, "mid/app");
    expect(await source(folder)).toEqual(["a", "in/x"]);
    expect(await source(folder)).toEqual(untracked(folder));
  });

  test("is also in a folder that git ignores, as that one was asked for", async () => {
    const top = repository({ ".gitignore": "generated\n*.log\n", "generated/app/a": "", "generated/app/b.log": "" });
    expect(await source(path.join(top, "generated/app"))).toEqual(["a"]);
  });

  test("of a repository in the repository follows its own files alone", async () => {
    const folder = repository({
      ".gitignore": "*.x\n",
      "a.x": "",
      "inner/a.x": "",
      "inner/b.y": "",
      "inner/.gitignore": "*.y\n",
    });
    git(path.join(folder, "inner"), "init", "-q");
    expect(await source(folder)).toEqual([".gitignore", "inner/.gitignore", "inner/a.x"]);
  });

  test("follows the exclude file of the repository from a worktree", async () => {
    const main = repository({ a: "" });
    const worktree = path.join(temporaryFolder(), "tree");
    mkdirSync(path.join(main, ".git/worktrees/tree"), { recursive: true });
    put(main, { ".git/info/exclude": "private\n", ".git/worktrees/tree/commondir": "../..\n" });
    put(worktree, { ".git": `gitdir: ${main}/.git/worktrees/tree\n`, private: "", public: "" });
    expect(await source(worktree)).toEqual(["public"]);
  });

  test("does not follow an ignore file that is a link", async () => {
    const folder = repository({ rules: "*.log\n", "a.log": "" });
    symlinkSync("rules", path.join(folder, ".gitignore"));
    expect(await source(folder)).toEqual([".gitignore", "a.log", "rules"]);
  });

  test.each(Array.from({ length: 40 }, (_, index) => index + 1))("agrees with git, seed %i", async (seed) => {
    const random = seeded(seed);
    const names = ["a", "b", "ab", "c.x", "d.y"];
    const at = (): string => Array.from({ length: 1 + Math.floor(random() * 3) }, () => pick(random, names)).join("/");
    const pattern = (): string =>
      pick(random, ["", "", "!"]) +
      pick(random, ["", "", "/", "**/"]) +
      pick(random, ["a", "b", "*.x", "a*", "?", "*", "[a-c]", "a/b", "b/*", "**/a", "a/**", "*/c.x"]) +
      pick(random, ["", "", "/"]);
    const folder = repository({});
    const files = Array.from({ length: 25 }, at);
    const ignoreFiles = [".gitignore", "a/.gitignore", "b/a/.gitignore"].filter(() => random() < 0.7);
    for (const file of [...ignoreFiles, ...files]) {
      try {
        const text = file.endsWith(".gitignore") ? Array.from({ length: 4 }, pattern).join("\n") : "";
        mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
        writeFileSync(path.join(folder, file), text);
      } catch {
        // One name stands for a file and a directory.
      }
    }
    expect(await source(folder)).toEqual(untracked(folder));
  });
});
