import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { neededImages } from "../../../src/source/needed-images.ts";
import { lookAtRepository } from "../../../src/source/remote-files.ts";
import { initRepository } from "../../helpers/git-repository.ts";
import { temporaryFolder } from "../../helpers/temporary-folder.ts";

const hasGit = (() => {
  try {
    execFileSync("git", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

/** A repository with a folder for each way to build. */
const repository = (): { url: string; git: (...args: string[]) => string } => {
  const folder = temporaryFolder();
  const git = initRepository(folder);
  git("config", "uploadpack.allowFilter", "true");
  const files = {
    "own/Dockerfile": "ARG BASE=busybox:1.37\nFROM ${BASE}\n",
    "docker/Other": "FROM nginx:1.26\n",
    "python/app.py": "",
    "site/index.html": "",
    "empty/notes.txt": "",
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  git("add", ".");
  git("commit", "-qm", "one");
  return { url: `file://${folder}`, git };
};

const signal = new AbortController().signal;

describe.skipIf(!hasGit)("the images that a repository is built on", () => {
  test("are read from it without a clone", async () => {
    const { url } = repository();
    const found = await lookAtRepository({ url, ref: "main", credentials: {}, signal }, async (files) => [
      await neededImages(files, { folder: "own", dockerfile: undefined }),
      await neededImages(files, { folder: "own", dockerfile: undefined, args: { BASE: "alpine:3" } }),
      await neededImages(files, { folder: ".", dockerfile: "docker/Other" }),
      await neededImages(files, { folder: "python", dockerfile: undefined }),
      await neededImages(files, {
        folder: "python",
        dockerfile: undefined,
        buildpack: { name: "Python", version: "3.12.x" },
      }),
      await neededImages(files, { folder: "site", dockerfile: undefined }),
      await neededImages(files, { folder: "empty", dockerfile: undefined }),
      await neededImages(files, { folder: ".", dockerfile: "gone" }),
    ]);
    expect(found).toEqual([
      ["docker.io/library/busybox:1.37"],
      ["docker.io/library/alpine:3"],
      ["docker.io/library/nginx:1.26"],
      ["docker.io/library/python:3.13-slim"],
      ["docker.io/library/python:3.12-slim"],
      ["docker.io/library/nginx:1.26"],
      [],
      [],
    ]);
  });

  test("are those of the revision that is built", async () => {
    const { url, git } = repository();
    const ref = git("rev-parse", "HEAD");
    git("rm", "-q", "own/Dockerfile");
    git("commit", "-qm", "two");
    const read = (wanted: string): Promise<string | undefined> =>
      lookAtRepository({ url, ref: wanted, credentials: {}, signal }, (files) => files.read("own/Dockerfile"));
    expect(await read(ref)).toContain("BASE");
    expect(await read("main")).toBeUndefined();
  });

  test("are not known of a repository that does not answer, and nothing of the attempt is left", async () => {
    const own = temporaryFolder();
    vi.stubEnv("TMPDIR", own);
    onTestFinished(() => void vi.unstubAllEnvs());
    const credentials = { username: "ada", password: "lovelace" };
    const attempt = lookAtRepository(
      { url: "http://127.0.0.1:1/x.git", ref: "main", credentials, signal },
      async () => undefined,
    );
    await expect(attempt).rejects.toMatchObject({ code: "E_COMMAND" });
    expect(readdirSync(own)).toEqual([]);
  });
});
