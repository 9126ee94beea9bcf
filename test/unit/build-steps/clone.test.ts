import { execFile, execFileSync } from "node:child_process";
import { readdirSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { servePrivately } from "../../helpers/private-repository.ts";
import { temporaryFolder } from "../../helpers/temporary-folder.ts";

const STEPS = path.resolve(import.meta.dirname, "../../../build-steps");
/** As BuildKit unpacks a working tree: whatever is in it, its files are from the same moment. */
const BUILDCTL = `#!/bin/sh
for word in "$@"; do case $word in type=local,dest=*) to=\${word#type=local,dest=} ;; esac; done
mkdir -p "$to/src" && printf 1 > "$to/src/server.js" && touch -d @0 "$to/src/server.js"
`;

/** Time of a file of a working tree after the first step of a build. */
const timeAfterClone = (digest: string): number => {
  const workspace = temporaryFolder();
  writeFileSync(path.join(workspace, "buildctl"), BUILDCTL, { mode: 0o755 });
  execFileSync("sh", [path.join(STEPS, "clone.sh")], {
    env: {
      ...{ PATH: `${workspace}:${process.env["PATH"] ?? ""}`, STEPS, WORKSPACE: workspace },
      ...{ SOURCE_PATH: ".", SOURCE_ARTIFACT: `choreo-registry:5000/sources/shop@sha256:${digest}`, BUILDKIT_HOST: "" },
    },
  });
  return statSync(path.join(workspace, "source", "src", "server.js")).mtimeMs;
};

/** Files of a private repository after the first step of a build with this Secret. */
const cloned = async (secret: Readonly<Record<string, string>>): Promise<string[]> => {
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, "server.js"), "1");
  await using repository = await servePrivately(folder, { username: "git", password: "t0ken" });
  const [workspace, auth] = [temporaryFolder(), temporaryFolder()];
  for (const [key, value] of Object.entries(secret)) writeFileSync(path.join(auth, key), value);
  await promisify(execFile)("sh", [path.join(STEPS, "clone.sh")], {
    env: {
      ...{ PATH: process.env["PATH"], HOME: workspace, STEPS, WORKSPACE: workspace, SOURCE_PATH: "." },
      ...{ GIT_URL: repository.url, GIT_BRANCH: "main", GIT_AUTH: auth },
    },
  });
  expect(readdirSync(workspace)).not.toContain("askpass");
  return readdirSync(path.join(workspace, "source"));
};

describe("the repository that a build begins with", () => {
  test("is read with the token of its Secret, or with its name and password", async () => {
    expect(await cloned({ token: "t0ken" })).toEqual(["server.js"]);
    expect(await cloned({ username: "git", password: "t0ken" })).toEqual(["server.js"]);
  });

  test("is not read without one, or with another", async () => {
    await expect(cloned({})).rejects.toThrow(/could not read Username/);
    await expect(cloned({ token: "other" })).rejects.toThrow(/Authentication failed/);
  });
});

describe("the working tree that a build begins with", () => {
  test("has a time of its own: BuildKit tells files of the same size by it", () => {
    const [one, other] = ["1a2b3c4".padEnd(64, "0"), "1a2b3c5".padEnd(64, "0")];
    expect(timeAfterClone(one)).not.toBe(timeAfterClone(other));
    expect(timeAfterClone(one)).toBe(timeAfterClone(one));
  });
});
