import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { exec } from "../../../lib/exec.ts";
import { redact } from "../../../lib/redact.ts";
import { gitLogin } from "../../../source/git-login.ts";
import { run } from "./run.ts";
import { type Step, StepError } from "./step.ts";

/** Clones the component's repository as build-steps/clone.sh does. Returns the revision that is there then. */
export const cloneRepository = async (step: Step): Promise<string> => {
  const url = step.told("GIT_URL");
  if (url === "") throw new StepError("the component names neither a Git repository nor a source folder");
  const { source } = step;
  await mkdir(source, { recursive: true, mode: 0o755 });
  const login = await gitLogin(step.workspace, {
    ...{ username: step.told("GIT_USERNAME"), password: step.told("GIT_PASSWORD"), token: step.told("GIT_TOKEN") },
    sshKey: step.told("GIT_SSH_KEY"),
  });
  const git = (...args: string[]): Promise<void> =>
    run(["git", ...args], { cwd: source, env: login.env, shown: redact(`git ${args.join(" ")}`) });
  try {
    await git("init", "-q");
    await git("remote", "add", "origin", url);
    const revision = step.told("GIT_REVISION");
    if (revision === "") await fetchTip(git, step.told("GIT_BRANCH") || "HEAD");
    else await fetchRevision(git, revision);
    await git("submodule", "-q", "update", "--init", "--recursive", "--depth", "1");
    const { stdout } = await exec("git", ["rev-parse", "HEAD"], { cwd: source });
    return stdout.trim();
  } finally {
    await login.remove();
    // It is no part of what is built, and may hold a way in.
    await rm(path.join(source, ".git"), { recursive: true, force: true });
  }
};

type Git = (...args: string[]) => Promise<void>;

/** Not every server knows of shallow copies. */
const fetchTip = async (git: Git, branch: string): Promise<void> => {
  await git("fetch", "-q", "--depth", "1", "origin", branch).catch(() => git("fetch", "-q", "origin", branch));
  await git("-c", "advice.detachedHead=false", "checkout", "-q", "FETCH_HEAD");
};

/** Nor does every server give out a single revision. */
const fetchRevision = async (git: Git, revision: string): Promise<void> => {
  await git("fetch", "-q", "--depth", "1", "origin", revision).catch(() =>
    git("fetch", "-q", "--tags", "origin", "+refs/heads/*:refs/remotes/origin/*"),
  );
  await git("-c", "advice.detachedHead=false", "checkout", "-q", revision);
};
