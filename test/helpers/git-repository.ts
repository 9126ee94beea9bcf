import { execFileSync } from "node:child_process";

/** Makes a folder a Git repository and returns git in it. */
export const initRepository = (folder: string): ((...args: string[]) => string) => {
  const git = (...args: string[]): string =>
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b", ...args], {
      cwd: folder,
      encoding: "utf8",
    }).trim();
  git("init", "-q", "-b", "main");
  return git;
};
