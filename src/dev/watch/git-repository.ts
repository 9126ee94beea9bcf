import { lstat } from "node:fs/promises";
import path from "node:path";
import { readIfExists } from "../../lib/fs.ts";

export interface GitRepository {
  /** The working tree's top folder. */
  readonly root: string;
  /** Where the index of this working tree is: `.git`, or what the file `.git` of a worktree or submodule names. */
  readonly gitDir: string;
  /** Where all worktrees of the repository keep what they share. */
  readonly commonDir: string;
}

/** The repository whose working tree a folder is in, or undefined. Reads files only: git need not be installed. */
export const findRepository = async (folder: string): Promise<GitRepository | undefined> => {
  let root = path.resolve(folder);
  for (;;) {
    const repository = await repositoryAt(root);
    if (repository !== undefined) return repository;
    const parent = path.dirname(root);
    if (parent === root) return undefined;
    root = parent;
  }
};

/** The repository whose top folder this is, or undefined. */
export const repositoryAt = async (root: string): Promise<GitRepository | undefined> => {
  const dotGit = path.join(root, ".git");
  const stats = await lstat(dotGit).catch(() => undefined);
  if (stats === undefined) return undefined;
  if (stats.isDirectory()) return { root, gitDir: dotGit, commonDir: dotGit };
  const text = await readIfExists(dotGit).catch(() => undefined);
  const target = /^gitdir: (.+?)\r?\n?$/.exec(text ?? "")?.[1];
  if (target === undefined) return undefined;
  const gitDir = path.resolve(root, target);
  const common = await readIfExists(path.join(gitDir, "commondir")).catch(() => undefined);
  return { root, gitDir, commonDir: common === undefined ? gitDir : path.resolve(gitDir, common.trim()) };
};

/** Patterns of a repository that are not part of its tree. */
export const excludeFile = ({ commonDir }: GitRepository): string => path.join(commonDir, "info", "exclude");

/** Exists while git writes the index: during checkout, rebase, stash and the like. */
export const indexLock = ({ gitDir }: GitRepository): string => path.join(gitDir, "index.lock");
