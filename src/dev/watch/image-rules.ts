import path from "node:path";
import dockerignore, { type Ignore } from "@balena/dockerignore";
import { readIfExists } from "../../lib/fs.ts";
import type { DirectoryRules, TreeRules } from "./rules.ts";

/**
 * What an image build may see of its context: everything but what `<Dockerfile>.dockerignore` leaves out, or
 * `.dockerignore` where that one does not exist. `dockerfile` is seen from the context. What git ignores counts here,
 * as it does for Docker, and so does `.git`: rules for scans and digests, rather than for a watch.
 */
export const imageRules = (context: string, dockerfile = "Dockerfile"): TreeRules => {
  const top = path.resolve(context);
  const own = `${path.resolve(top, dockerfile)}.dockerignore`;
  return {
    outside: path.dirname(own) === top ? [] : [own],
    open: async () => {
      const patterns = await readPatterns(top, own);
      const names = [".dockerignore", path.basename(own)];
      return rulesOf(patterns, "", (name) => names.includes(name));
    },
  };
};

/** Whether files may be seen by an image build, by their paths from the context with "/". See {@link imageRules}. */
export const imageFilter = async (context: string, dockerfile = "Dockerfile"): Promise<(file: string) => boolean> => {
  const top = path.resolve(context);
  const { matcher } = await readPatterns(top, `${path.resolve(top, dockerfile)}.dockerignore`);
  return (file) => !isOurs(file) && !matcher.ignores(file);
};

interface Patterns {
  readonly matcher: Ignore;
  /** Patterns after a "!", in parts: what may lie in directories that are left out otherwise. */
  readonly exceptions: readonly (readonly string[])[];
}

const readPatterns = async (top: string, own: string): Promise<Patterns> => {
  const text = (await readIfExists(own)) ?? (await readIfExists(path.join(top, ".dockerignore"))) ?? "";
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  const exceptions = lines
    .map((line) => line.trim())
    .filter((line) => line.startsWith("!"))
    .map((line) => path.posix.normalize(line.slice(1).trim()).split("/").filter(Boolean));
  return { matcher: newMatcher().add(lines), exceptions };
};

/** The package is CommonJS with a default export. */
const newMatcher = (): Ignore => dockerignore.default({ ignorecase: false });

const rulesOf = (patterns: Patterns, prefix: string, comesFrom: (name: string) => boolean): DirectoryRules => {
  // A matcher remembers every path that it was asked for: this directory's go when its rules go.
  const matcher = newMatcher().add(patterns.matcher);
  return {
    ignores: (name, isDirectory) => {
      const file = prefix + name;
      if (isOurs(file)) return true;
      return matcher.ignores(file) && !(isDirectory && hasExceptionIn(patterns, file.split("/")));
    },
    comesFrom,
    enter: async (name) => rulesOf(patterns, `${prefix}${name}/`, () => false),
  };
};

const isOurs = (file: string): boolean => file === ".choreo-dev" || file.startsWith(".choreo-dev/");

/** Whether an exception may speak of something in a directory; in doubt it does. */
const hasExceptionIn = ({ exceptions }: Patterns, directory: readonly string[]): boolean =>
  exceptions.some((parts) => {
    const upToAny = parts.includes("**") ? parts.slice(0, parts.indexOf("**")) : parts;
    return upToAny.every((part, index) => {
      const name = directory[index];
      return name === undefined || name === part || /[*?[\\]/.test(part);
    });
  });
