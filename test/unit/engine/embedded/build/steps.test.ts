import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { sourceFile, storeSource } from "../../../../../src/source/bundle-store.ts";
import { packSource } from "../../../../../src/source/pack.ts";
import { initRepository } from "../../../../helpers/git-repository.ts";
import { temporaryFolder } from "../../../../helpers/temporary-folder.ts";

const PROGRAM = path.resolve(import.meta.dirname, "../../../../../dist/build-step.js");
const has = (program: string, ask = "--version"): boolean => {
  try {
    execFileSync(program, [ask], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};

type Files = Readonly<Record<string, string>>;

const write = (folder: string, files: Files): void => {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), content);
  }
};

interface Ran {
  readonly code: number | null;
  /** What was printed, on both streams. */
  readonly output: string;
}

interface Bench {
  readonly builds: string;
  readonly workspace: string;
  /** Runs the real program of the steps. */
  step(name: string, env?: Readonly<Record<string, string>>): Promise<Ran>;
  output(name: string): string;
}

const bench = (): Bench => {
  const builds = temporaryFolder();
  const workspace = path.join(builds, "work", "w1");
  return {
    ...{ builds, workspace },
    step: async (name, env = {}) => {
      const child = spawn(process.execPath, [PROGRAM, name], {
        stdio: ["ignore", "pipe", "pipe"],
        env: { PATH: process.env["PATH"], HOME: process.env["HOME"], WORKSPACE: workspace, BUILDS: builds, ...env },
      });
      const [[code], out, err] = await Promise.all([once(child, "exit"), text(child.stdout), text(child.stderr)]);
      return { code: code as number | null, output: out + err };
    },
    output: (name) => readFileSync(path.join(workspace, name), "utf8"),
  };
};

/** A bench whose source is cloned already. */
const benchWith = (files: Files): Bench => {
  const made = bench();
  write(path.join(made.workspace, "source"), files);
  return made;
};

const PATHS = { SOURCE_PATH: ".", CONTEXT: "." };
const IMAGE = { IMAGE: "shop", TAG: "main-1" };

describe("the step clone", () => {
  test("unpacks a working tree, and leaves its revision and what it says of itself", async () => {
    const { builds, step, output, workspace } = bench();
    const folder = temporaryFolder();
    write(folder, { "server.js": "1", ".choreo/component.yaml": "endpoints: []" });
    const files = ["server.js", ".choreo/component.yaml"].map((name) => ({
      ...{ path: name, kind: "file" as const, executable: false },
      size: readFileSync(path.join(folder, name)).length,
    }));
    const packed = await packSource(folder, files);
    const { reference } = await storeSource(builds, "sources/shop", packed);
    const env = { ...PATHS, SOURCE_ARTIFACT: `registry:5000/${reference}` };
    expect(await step("clone", env)).toMatchObject({ code: 0 });
    expect(readFileSync(path.join(workspace, "source", "server.js"), "utf8")).toBe("1");
    expect(`sha256:${output("revision")}`).toBe(packed.digest);
    expect(output("component.yaml")).toBe("endpoints: []");
    expect(output("workload.yaml")).toBe("");
    // A step that is started again finds nothing of its former run.
    expect(await step("clone", env)).toMatchObject({ code: 0 });
    writeFileSync(sourceFile(builds, packed.digest), "damaged");
    const damaged = await step("clone", env);
    expect(damaged.code).toBe(1);
    expect(damaged.output).toMatch(/^choreo: .*damaged|^choreo: .*Unexpected end|^Error/m);
    await packed.discard();
  });

  test("says that a source is gone, and how it comes back", async () => {
    const { step } = bench();
    const ran = await step("clone", { ...PATHS, SOURCE_ARTIFACT: `r/sources/shop@sha256:${"ab".repeat(32)}` });
    expect(ran).toMatchObject({ code: 1 });
    expect(ran.output).toContain("is not on this machine any more: choreo-dev build sends it again");
  });

  test("stays in its source", async () => {
    const ran = await bench().step("clone", { SOURCE_PATH: "../.." });
    expect(ran).toMatchObject({ code: 1, output: "choreo: the paths of a build stay inside its source\n" });
  });

  describe.skipIf(!has("git"))("of a Git repository", () => {
    const repository = (): { url: string; git: (...args: string[]) => string } => {
      const folder = temporaryFolder();
      const git = initRepository(folder);
      write(folder, { "main.js": "one" });
      git("add", ".");
      git("commit", "-qm", "one");
      return { url: `file://${folder}`, git };
    };

    test("takes the tip of a branch, or a revision that is not a tip any more", async () => {
      const { url, git } = repository();
      const first = git("rev-parse", "HEAD");
      git("checkout", "-qb", "next");
      git("commit", "-qm", "two", "--allow-empty");
      const { step, output, workspace } = bench();
      expect(await step("clone", { ...PATHS, GIT_URL: url, GIT_BRANCH: "next" })).toMatchObject({ code: 0 });
      expect(output("revision")).toBe(git("rev-parse", "next"));
      expect(existsSync(path.join(workspace, "source", ".git"))).toBe(false);
      const exact = { ...PATHS, GIT_URL: url, GIT_BRANCH: "next", GIT_REVISION: first };
      expect(await step("clone", exact)).toMatchObject({ code: 0 });
      expect(output("revision")).toBe(first);
    });

    test("says what git says of a branch that is not there", async () => {
      const ran = await bench().step("clone", { ...PATHS, GIT_URL: repository().url, GIT_BRANCH: "gone" });
      expect(ran.code).toBe(1);
      expect(ran.output).toContain("couldn't find remote ref gone");
    });

    test("tells nothing of its credentials, and leaves none behind", async () => {
      const { step, workspace } = bench();
      const env = { GIT_URL: "http://user:hidden@127.0.0.1:1/x.git", GIT_USERNAME: "ada", GIT_PASSWORD: "lovelace" };
      const ran = await step("clone", { ...PATHS, ...env });
      expect(ran.code).toBe(1);
      expect(ran.output).not.toMatch(/choreo: .*hidden|lovelace/);
      expect(existsSync(path.join(workspace, "git-login"))).toBe(false);
    });
  });
});

describe("the step test", () => {
  const DOCKERFILE = [
    "FROM node:20 AS source",
    "WORKDIR /app",
    "ENV LEVEL=debug",
    "COPY . .",
    "FROM source AS test",
    "RUN --mount=type=cache,target=/x node check.js",
    "FROM source",
  ].join("\n");

  test("runs what the stage runs, in a copy", async () => {
    const { step, output, workspace } = benchWith({
      Dockerfile: DOCKERFILE,
      "check.js": `require("node:fs").writeFileSync("made", ""); console.log("level", process.env.LEVEL);`,
    });
    const ran = await step("test", PATHS);
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.output).toContain("choreo: $ node check.js\nlevel debug\n");
    expect(output("test")).toBe("ran");
    expect(readdirSync(path.join(workspace, "source")).toSorted()).toEqual(["Dockerfile", "check.js"]);
  });

  test("fails with the line of what failed", async () => {
    const { step } = benchWith({ Dockerfile: DOCKERFILE, "check.js": "process.exit(7)" });
    const ran = await step("test", PATHS);
    expect(ran.code).toBe(1);
    expect(ran.output).toContain('choreo: Dockerfile:6: "node check.js" ended with 7\n');
  });

  test("runs in the folder that the stage works in", async () => {
    const { step } = benchWith({
      Dockerfile:
        'FROM node:20\nWORKDIR /app\nCOPY . .\nFROM node:20 AS test\nWORKDIR /srv\nCOPY lib/ ./\nRUN ["node", "in-lib.js"]',
      "lib/in-lib.js": "console.log('here')",
    });
    expect((await step("test", PATHS)).output).toContain("here\n");
  });

  test("lets servers of tests be found on localhost", async () => {
    const server = `
      require("node:http").createServer((_, response) => response.end("ok")).listen(0, async function () {
        const answer = await fetch("http://127.0.0.1:" + this.address().port);
        console.log("got", await answer.text());
        process.exit();
      });`;
    const { step } = benchWith({ Dockerfile: DOCKERFILE, "check.js": server });
    const preload = path.resolve(import.meta.dirname, "../../../../../runtime-helpers/node-preload.cjs");
    const ran = await step("test", { ...PATHS, CHOREO_POD_IP: "127.9.9.9", NODE_OPTIONS: `--require "${preload}"` });
    expect(ran.output).toContain("got ok");
  });

  test.each([
    ["without a stage", { Dockerfile: "FROM node:20\nCOPY . ." }],
    ["without a Dockerfile and a language that has tests", { "index.html": "<html></html>" }],
  ])("has nothing to do %s", async (_name, files) => {
    const { step, output } = benchWith(files);
    expect(await step("test", PATHS)).toMatchObject({ code: 0 });
    expect(output("test")).toBe("skipped");
  });
});

describe("the steps build and push", () => {
  const bundled = async (files: Files, env: Readonly<Record<string, string>> = PATHS) => {
    const made = benchWith(files);
    const built = await made.step("build", env);
    writeFileSync(path.join(made.workspace, "revision"), "0123456789");
    const pushed = built.code === 0 ? await made.step("push", { ...env, ...IMAGE }) : built;
    const bundle = (): string => path.join(made.builds, "bundles", made.output("image").split("@sha256:")[1] ?? "");
    return { ...made, built, pushed, bundle };
  };

  test("make a bundle that is named by its content, with the port that is exposed", async () => {
    const { pushed, output, bundle } = await bundled({
      Dockerfile: "FROM node:20\nCOPY . .\nEXPOSE 9090/tcp\nCMD node server.js",
      "server.js": "listen()",
    });
    expect(pushed).toMatchObject({ code: 0 });
    expect(output("image")).toMatch(/^shop:main-1-01234567@sha256:[0-9a-f]{64}$/);
    expect(output("port")).toBe("9090");
    expect(readFileSync(path.join(bundle(), "server.js"), "utf8")).toBe("listen()");
  });

  test("take the context and the Dockerfile that the build names", async () => {
    const env = { SOURCE_PATH: ".", CONTEXT: "svc", DOCKERFILE: "docker/Dockerfile" };
    const { pushed, bundle } = await bundled(
      { "svc/run.sh": "echo", "docker/Dockerfile": "FROM busybox\nCOPY run.sh /\nCMD /run.sh", other: "" },
      env,
    );
    expect(pushed).toMatchObject({ code: 0 });
    expect(readdirSync(bundle()).toSorted()).toEqual([".choreo", "Dockerfile", "run.sh"]);
  });

  test("install what a Node.js program depends on, without a network where it is in the source, and compile it", async () => {
    const { pushed, bundle } = await bundled({
      "package.json": JSON.stringify({
        name: "shop",
        dependencies: { words: "file:vendor/words" },
        scripts: { build: "node -e \"fs.writeFileSync('built.js', '')\"" },
      }),
      "vendor/words/package.json": JSON.stringify({ name: "words", version: "1.0.0" }),
      "vendor/words/index.js": "module.exports = 1;",
      "server.js": "require('words')",
    });
    expect(pushed).toMatchObject({ code: 0 });
    expect(existsSync(path.join(bundle(), "node_modules/words/index.js"))).toBe(true);
    expect(existsSync(path.join(bundle(), "built.js"))).toBe(true);
  });

  test.each([
    ["a server.js alone is a program", { "server.js": "", "index.html": "" }, "node-script"],
    ["an index.js alone is one", { "index.js": "" }, "node-script"],
    ["an index.js beside an index.html is a script of the page", { "index.js": "", "index.html": "" }, "static"],
  ])("know what a folder is: %s", async (_what, files, language) => {
    const { pushed, built } = await bundled(files);
    expect(pushed).toMatchObject({ code: 0 });
    expect(built.output).toContain(`built as ${language}\n`);
  });

  test.skipIf(!has("go", "version"))("compile a Go program", async () => {
    const { pushed, bundle } = await bundled({
      "go.mod": "module shop\n\ngo 1.21\n",
      "main.go": 'package main\n\nfunc main() { println("hello") }\n',
    });
    expect(pushed).toMatchObject({ code: 0 });
    expect(existsSync(path.join(bundle(), ".choreo/program"))).toBe(true);
  });

  test.each([
    [
      "a Dockerfile that is none",
      { Dockerfile: "FROM node:20\nCOPPY . ." },
      PATHS,
      "Dockerfile:2: unknown instruction: COPPY",
    ],
    [
      "a Dockerfile that is not there",
      { a: "" },
      { ...PATHS, DOCKERFILE: "Nope" },
      'there is no Dockerfile "Nope" in the source',
    ],
    ["a folder that is not there", { a: "" }, { CONTEXT: "nope" }, 'there is no folder "nope" in the source'],
    ["a source that says nothing", { a: "" }, PATHS, 'nothing in "." says how it is built: add a Dockerfile'],
    [
      "a language that is not built",
      { a: "" },
      { ...PATHS, BUILDPACK: "PHP" },
      "sources of PHP are not built without a Dockerfile",
    ],
    ["a broken package.json", { "package.json": "{" }, PATHS, "choreo: package.json: "],
    [
      "a compiler's complaint",
      {
        "package.json": JSON.stringify({
          scripts: { build: "node -e \"console.error('no such type'); process.exit(2)\"" },
        }),
      },
      PATHS,
      "no such type",
    ],
  ])("fail with the reason: %s", async (_name, files, env, reason) => {
    const { built } = await bundled(files, env);
    expect(built.code).toBe(1);
    expect(built.output).toContain(reason);
  });
});
