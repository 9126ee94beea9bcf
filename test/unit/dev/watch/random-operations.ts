import {
  appendFileSync,
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { pick } from "../../../helpers/random.ts";

type Operation = (folder: string, random: () => number) => void;

const NAMES = ["a", "b.js", "c.log", "d", "node_modules", "e~"] as const;

/** One random change somewhere below a folder; one that the system refuses is none. */
export const change = (folder: string, random: () => number): void => {
  try {
    pick(random, OPERATIONS)(folder, random);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!EXPECTED.has(code ?? "")) throw error;
  }
};

const EXPECTED = new Set(["ENOENT", "ENOTDIR", "EISDIR", "EEXIST", "ENOTEMPTY", "EINVAL", "ELOOP"]);

const somewhere = (folder: string, random: () => number): string =>
  path.join(folder, ...Array.from({ length: 1 + Math.floor(random() * 3) }, () => pick(random, NAMES)));

/** Short texts of the same length often, so that sizes tell nothing. */
const text = (random: () => number): string => pick(random, ["one", "two", "six", "", "longer"]);

const write: Operation = (folder, random) => {
  const file = somewhere(folder, random);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text(random));
};

const OPERATIONS: readonly Operation[] = [
  write,
  write,
  write,
  (folder, random) => appendFileSync(somewhere(folder, random), "more"),
  (folder, random) => rmSync(somewhere(folder, random), { recursive: true }),
  (folder, random) => renameSync(somewhere(folder, random), somewhere(folder, random)),
  (folder, random) => renameSync(somewhere(folder, random), somewhere(folder, random)),
  (folder, random) => chmodSync(somewhere(folder, random), pick(random, [0o644, 0o755, 0o600])),
  // Links stay inside: later operations go through them.
  (folder, random) => symlinkSync(pick(random, ["a", ".", "missing/file"]), somewhere(folder, random)),
  (folder, random) => mkdirSync(somewhere(folder, random), { recursive: true }),
  (folder, random) => utimesSync(somewhere(folder, random), new Date(), new Date()),
  (folder, random) => {
    const file = somewhere(folder, random);
    writeFileSync(`${file}.tmp`, text(random));
    renameSync(`${file}.tmp`, file);
  },
  (folder, random) => {
    const ignoreFile = path.join(path.dirname(somewhere(folder, random)), ".gitignore");
    writeFileSync(ignoreFile, pick(random, ["", "*.log\n", "a/\n", "d\n!d/b.js\n", "/a\n!*.log\n"]));
  },
];

/** What a copy of a file has to have: permissions and content, or a link's target; undefined when there is no file. */
export const contentOf = (file: string): string | undefined => {
  try {
    const stats = lstatSync(file);
    if (stats.isSymbolicLink()) return `link ${readlinkSync(file)}`;
    return stats.isFile() ? `${(stats.mode & 0o777).toString(8)} ${readFileSync(file, "utf8")}` : undefined;
  } catch {
    return undefined;
  }
};
