import type { Dirent } from "node:fs";
import path from "node:path";
import { readIfExists } from "../../lib/fs.ts";
import { excludeFile, findRepository, repositoryAt } from "./git-repository.ts";
import { type EntryTest, type IgnoreLevel, ignoreLevel, including, testIn } from "./ignore-level.ts";
import type { DirectoryRules, TreeRules } from "./rules.ts";

/** Never source, whatever a .gitignore says: version control, installed packages, our own files, the desktop's. */
const NOT_SOURCE: ReadonlySet<string> = new Set([
  ...[".git", ".hg", ".svn", ".jj", "node_modules", ".choreo-dev", ".DS_Store"],
  // vim's probe whether a folder can be written
  "4913",
]);

/**
 * Files that editors make while they save: vim's swap files, the copies that many of them write beside a file, emacs's
 * locks and autosaves, JetBrains' safe write, GNOME's and KDE's editors.
 */
const TEMPORARY =
  /^(?:.*\.sw[po]|\..*\.sw[a-p]|.*~|\.#.*|#.*#|.*___jb_(?:tmp|old)___|.*\.tmp___jb.*|\.goutputstream-.*|\..*\.kate-swp)$/s;

/**
 * What is source below a folder: everything but version control, node_modules and editors' temporaries, and what git
 * ignores (nested .gitignore files, those of the parents up to the repository's top, .git/info/exclude). `extra` are
 * lines in the form of a .gitignore at the folder, which win over all of it. The folder itself was asked for by name:
 * that a parent ignores it does not count. Unlike git it does not know which ignored files are tracked all the same.
 */
export const ignoreRules = (folder: string, extra: readonly string[] = []): TreeRules => {
  const top = path.resolve(folder);
  const outside: string[] = [];
  const asked = [ignoreLevel(top, extra.join("\n"))].filter((level) => level !== undefined);
  return {
    outside,
    open: async (entries) => {
      const { files, levels } = await levelsAbove(top);
      outside.splice(0, outside.length, ...files);
      return await rulesOf(top, { asked, git: levels }, entries);
    },
  };
};

/** Patterns that apply to a directory, the ones of least weight first; those that were asked for outweigh git's. */
interface Levels {
  readonly asked: readonly IgnoreLevel[];
  readonly git: readonly IgnoreLevel[];
}

/** Patterns that apply to a folder and come from above it, the ones of least weight first. */
const levelsAbove = async (
  top: string,
): Promise<{ readonly files: string[]; readonly levels: readonly IgnoreLevel[] }> => {
  const repository = await findRepository(top);
  if (repository === undefined || repository.root === top) return { files: [], levels: [] };
  const names = path.relative(repository.root, top).split(path.sep);
  const folders = names.map((_, index) => path.join(repository.root, ...names.slice(0, index)));
  const sources = [
    { folder: repository.root, file: excludeFile(repository) },
    ...folders.map((folder) => ({ folder, file: path.join(folder, ".gitignore") })),
  ];
  const levels = await Promise.all(sources.map(async ({ folder, file }) => await levelOf(folder, file)));
  return {
    files: sources.map(({ file }) => file),
    levels: [...folders.slice(1), top].reduce<readonly IgnoreLevel[]>(
      (above, directory) => above.map((level) => asPartOf(level, directory)),
      levels.filter((level) => level !== undefined),
    ),
  };
};

const rulesOf = async (directory: string, above: Levels, entries: readonly Dirent[]): Promise<DirectoryRules> => {
  const levels = { ...above, git: await withOwnFiles(directory, above.git, entries) };
  const asked = testsIn(levels.asked, directory);
  const git = testsIn(levels.git, directory);
  return {
    ignores: (name, isDirectory) => {
      const entry = isDirectory ? `${name}/` : name;
      return firstVerdict(asked, entry) ?? (neverSource(name) || (firstVerdict(git, entry) ?? false));
    },
    comesFrom: (name) => name === ".gitignore" || name === ".git",
    enter: async (name, inside) => {
      const inner = path.join(directory, name);
      const include = (level: IgnoreLevel): IgnoreLevel => asPartOf(level, inner);
      return await rulesOf(inner, { asked: levels.asked.map(include), git: levels.git.map(include) }, inside);
    },
  };
};

/** In the order in which they are asked. */
const testsIn = (levels: readonly IgnoreLevel[], directory: string): EntryTest[] =>
  levels
    .map((level) => testIn(level, directory))
    .filter((test) => test !== undefined)
    .reverse();

/** A level for use in a directory that belongs to the tree. */
const asPartOf = (level: IgnoreLevel, directory: string): IgnoreLevel => {
  if (!directory.startsWith(`${level.folder}${path.sep}`)) return level;
  const test = testIn(level, path.dirname(directory));
  return test?.(`${path.basename(directory)}/`) === true ? including(level, directory) : level;
};

const neverSource = (name: string): boolean => NOT_SOURCE.has(name) || TEMPORARY.test(name);

const firstVerdict = (tests: readonly EntryTest[], entry: string): boolean | undefined => {
  for (const test of tests) {
    const verdict = test(entry);
    if (verdict !== undefined) return verdict;
  }
  return undefined;
};

/** Adds the patterns that a directory brings to those from above it. */
const withOwnFiles = async (
  directory: string,
  above: readonly IgnoreLevel[],
  entries: readonly Dirent[],
): Promise<readonly IgnoreLevel[]> => {
  const levels: (IgnoreLevel | undefined)[] = [];
  // A repository in a repository begins anew, as a submodule does.
  const repository = entries.some(({ name }) => name === ".git") ? await repositoryAt(directory) : undefined;
  if (repository === undefined) levels.push(...above);
  else levels.push(await levelOf(directory, excludeFile(repository)));
  // git does not follow a .gitignore that is a link.
  if (entries.some((entry) => entry.name === ".gitignore" && entry.isFile()))
    levels.push(await levelOf(directory, path.join(directory, ".gitignore")));
  return levels.filter((level) => level !== undefined);
};

const levelOf = async (folder: string, file: string): Promise<IgnoreLevel | undefined> =>
  ignoreLevel(folder, (await readIfExists(file).catch(() => undefined)) ?? "");
