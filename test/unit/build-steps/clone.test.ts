import { execFileSync } from "node:child_process";
import { statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
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

describe("the working tree that a build begins with", () => {
  test("has a time of its own: BuildKit tells files of the same size by it", () => {
    const [one, other] = ["1a2b3c4".padEnd(64, "0"), "1a2b3c5".padEnd(64, "0")];
    expect(timeAfterClone(one)).not.toBe(timeAfterClone(other));
    expect(timeAfterClone(one)).toBe(timeAfterClone(one));
  });
});
