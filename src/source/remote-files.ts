import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { exec } from "../lib/exec.ts";
import { type GitCredentials, gitLogin } from "./git-login.ts";
import type { SourceFiles } from "./needed-images.ts";

export interface RemoteSource {
  readonly url: string;
  /** Branch, full revision, or `HEAD`. */
  readonly ref: string;
  readonly credentials: GitCredentials;
  readonly signal: AbortSignal;
}

/**
 * Looks at a few files of a Git repository without cloning it: one commit is fetched, and of its files only those that are read,
 * where the server can do that. Throws what git says.
 */
export const lookAtRepository = async <T>(
  { url, ref, credentials, signal }: RemoteSource,
  look: (files: SourceFiles) => Promise<T>,
): Promise<T> => {
  const dir = await mkdtemp(path.join(os.tmpdir(), "choreo-dev-git-"));
  try {
    const { env } = await gitLogin(dir, credentials);
    const repository = path.join(dir, "repository");
    const git = async (args: readonly string[], okCodes: readonly number[] = []): Promise<string | undefined> => {
      const { stdout, code } = await exec("git", args, { cwd: dir, env, signal, okCodes });
      return code === 0 ? stdout : undefined;
    };
    await git(["init", "-q", "--bare", repository]);
    const inside = (...args: string[]): string[] => ["-C", repository, ...args];
    await git(inside("remote", "add", "origin", url));
    // What is not fetched now is asked for when it is read.
    await git(inside("config", "remote.origin.promisor", "true"));
    await git(inside("config", "remote.origin.partialclonefilter", "blob:none"));
    await git(inside("fetch", "-q", "--depth", "1", "origin", ref));
    return await look({
      read: (file) => git(inside("show", `FETCH_HEAD:${file}`), [128]),
      names: async (folder) => {
        const listed = await git(inside("ls-tree", "--name-only", `FETCH_HEAD:${folder === "." ? "" : folder}`), [128]);
        return new Set((listed ?? "").split("\n"));
      },
    });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
};
