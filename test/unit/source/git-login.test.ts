import { execFile } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { type GitCredentials, gitLogin } from "../../../src/source/git-login.ts";
import { type PrivateRepository, servePrivately } from "../../helpers/private-repository.ts";
import { temporaryFolder } from "../../helpers/temporary-folder.ts";

const run = promisify(execFile);
const ADA = { username: "ada", password: "it's $secret" };

const repositoryOf = (login: typeof ADA): Promise<PrivateRepository> => {
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, "server.js"), "1");
  return servePrivately(folder, login);
};

/** What a clone with these credentials brings. */
const clone = async (url: string, credentials: GitCredentials): Promise<string[]> => {
  const folder = temporaryFolder();
  const login = await gitLogin(folder, credentials);
  const home = { HOME: folder, GIT_CONFIG_NOSYSTEM: "1", PATH: process.env["PATH"] };
  try {
    await run("git", ["clone", "-q", url, path.join(folder, "clone")], { env: { ...home, ...login.env } });
    expect(readFileSync(path.join(folder, "clone", ".git", "config"), "utf8")).not.toContain("secret");
    return readdirSync(path.join(folder, "clone")).filter((name) => name !== ".git");
  } finally {
    await login.remove();
    expect(readdirSync(folder)).not.toContain("git-login");
  }
};

describe("credentials of a Git repository", () => {
  test("let git read it, by name and password", async () => {
    await using repository = await repositoryOf(ADA);
    expect(await clone(repository.url, ADA)).toEqual(["server.js"]);
    expect(repository.served()).toBeGreaterThan(0);
  });

  test("let git read it, by a token alone", async () => {
    await using repository = await repositoryOf({ username: "git", password: "t0ken" });
    expect(await clone(repository.url, { token: "t0ken" })).toEqual(["server.js"]);
  });

  test.each([
    ["wrong", { ...ADA, password: "other" }],
    ["missing", {}],
  ])("that are %s are refused, and nobody is asked for others", async (_what, credentials) => {
    await using repository = await repositoryOf(ADA);
    await expect(clone(repository.url, credentials)).rejects.toThrow(/Authentication failed|could not read Username/);
    expect(repository.served()).toBe(0);
  });
});
