import path from "node:path";
import ignore, { type Ignore } from "ignore";

/** The patterns of one ignore file, or others in its form, and the folder they apply to. */
export interface IgnoreLevel {
  readonly folder: string;
  readonly lines: readonly Line[];
  /** Says of a name alone what the lines without a folder in them say. */
  readonly byName: EntryTest;
}

/** What a level says of an entry, "/" at the end of a directory's name: left out, taken back, or nothing. */
export type EntryTest = (entry: string) => boolean | undefined;

/** Undefined when there is no pattern in the text. */
export const ignoreLevel = (folder: string, text: string): IgnoreLevel | undefined => {
  const lines = text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "" && !line.startsWith("#"))
    .map(toLine);
  return lines.length === 0 ? undefined : levelOf(folder, lines);
};

/** What a level says of the entries of a directory; undefined when it cannot say anything of them. */
export const testIn = (level: IgnoreLevel, directory: string): EntryTest | undefined => {
  const prefix = prefixOf(level, directory);
  const depth = prefix === "" ? 1 : prefix.split("/").length;
  const here = level.lines.filter(({ parts }) => parts === undefined || parts === ANY || parts === depth);
  if (here.length === 0) return undefined;
  if (here.every(({ parts }) => parts === ANY)) return level.byName;
  return verdictOf(matcherOf(level.lines), prefix);
};

/** The same patterns, for a directory that is part of the tree although they alone would have left it out. */
export const including = (level: IgnoreLevel, directory: string): IgnoreLevel => {
  const pattern = `!/${prefixOf(level, directory).replaceAll(/[^\w./-]/gu, "\\$&")}`;
  return levelOf(level.folder, [...level.lines, toLine(pattern)]);
};

/** A pattern stands for a name at any depth. */
const ANY = "any";

interface Line {
  readonly pattern: string;
  /** How many names a path that it matches has; undefined: it depends. */
  readonly parts: number | typeof ANY | undefined;
}

const toLine = (pattern: string): Line => {
  const body = pattern.replace(/^!/, "").replace(/ +$/, "").replace(/\/$/, "");
  if (!body.includes("/")) return { pattern, parts: ANY };
  const isPlain = !body.includes("**") && !/[\\[]/.test(body);
  return { pattern, parts: isPlain ? body.replace(/^\//, "").split("/").length : undefined };
};

const levelOf = (folder: string, lines: readonly Line[]): IgnoreLevel => {
  const named = lines.filter(({ parts }) => parts === ANY);
  let test = verdictOf(matcherOf(named), "");
  let asked = 0;
  return {
    folder,
    lines,
    byName: (entry) => {
      // A matcher remembers all that it was asked for.
      if (++asked % FORGET_AFTER === 0) test = verdictOf(matcherOf(named), "");
      return test(entry);
    },
  };
};

const FORGET_AFTER = 20_000;

const matcherOf = (lines: readonly Line[]): Ignore =>
  ignore({ ignorecase: process.platform !== "linux" }).add(lines.map(({ pattern }) => ({ pattern })));

const verdictOf =
  (matcher: Ignore, prefix: string): EntryTest =>
  (entry) => {
    const { ignored, unignored } = matcher.test(prefix + entry);
    return ignored || unignored ? ignored : undefined;
  };

/** A directory as seen from a level, with "/" at the end; "" for the level's own. */
const prefixOf = ({ folder }: IgnoreLevel, directory: string): string =>
  directory === folder ? "" : `${path.relative(folder, directory).replaceAll(path.sep, "/")}/`;
