import { access, readFile } from "node:fs/promises";
import path from "node:path";
import { readIfExists } from "../../../../lib/fs.ts";
import { helperPath } from "../helpers.ts";
import { type DockerfileHint, inFolder, readDockerfile } from "./dockerfile.ts";
import { splitWords } from "./words.ts";

/** How a folder is run. */
export interface Detected {
  /** The file that told. */
  readonly by: string;
  /** What a container's `command` replaces. */
  readonly entrypoint: readonly string[];
  /** What a container's `args` replace. */
  readonly cmd: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly port: number | undefined;
  /** A container's `args` are a command of their own, as in an image that has only a CMD; otherwise they follow the program. */
  readonly argsAreCommand: boolean;
}

interface Folder {
  readonly dir: string;
  readonly hint: DockerfileHint | undefined;
}

type Rule = (folder: Folder) => Promise<Pick<Detected, "by" | "entrypoint" | "cmd"> | undefined>;

/** Finds out how the program in a folder is started; undefined when nothing in it tells. */
export const detect = async (dir: string): Promise<Detected | undefined> => {
  const dockerfile = await readIfExists(path.join(dir, "Dockerfile"));
  const hint = dockerfile === undefined ? undefined : readDockerfile(dockerfile);
  for (const rule of RULES) {
    const found = await rule({ dir, hint });
    if (found === undefined) continue;
    const argsAreCommand = hint?.cmd !== undefined && hint.entrypoint === undefined;
    return { ...found, env: hint?.env ?? {}, port: hint?.expose, argsAreCommand };
  }
  return undefined;
};

const procfile: Rule = async ({ dir }) => {
  const text = await readIfExists(path.join(dir, "Procfile"));
  if (text === undefined) return undefined;
  const lines = text.split("\n").flatMap((line) => {
    const found = /^([\w-]+):\s*(.+)$/.exec(line.trim());
    return found === null ? [] : [{ name: found[1] ?? "", line: found[2] ?? "" }];
  });
  const chosen = lines.find(({ name }) => name === "web") ?? lines[0];
  if (chosen === undefined) return undefined;
  // A Procfile's lines are written for a shell: with variables, pipes and assignments.
  const plain = /[$|&;<>()`*?~#]|^\s*\w+=/.test(chosen.line) ? undefined : splitWords(chosen.line);
  return { by: "Procfile", entrypoint: [], cmd: plain ?? ["/bin/sh", "-c", chosen.line] };
};

const packageJson: Rule = async ({ dir }) => {
  const text = await readIfExists(path.join(dir, "package.json"));
  if (text === undefined) return undefined;
  const { start, main } = manifestOf(text);
  const by = "package.json";
  if (start !== undefined) {
    const words = /[$|&;<>()`*?~#]/.test(start) ? undefined : splitWords(start);
    // npm would stand between us and the program and take half a second: a plain `node FILE` needs none of it.
    if (words?.[0] === "node") return { by, entrypoint: [], cmd: [process.execPath, ...words.slice(1)] };
    return { by, entrypoint: [], cmd: ["npm", "start", "--silent"] };
  }
  for (const file of [main, "server.js", "index.js"])
    if (file !== undefined && (await exists(path.join(dir, file))))
      return { by, entrypoint: [], cmd: [process.execPath, file] };
  return undefined;
};

const manifestOf = (text: string): { readonly start: string | undefined; readonly main: string | undefined } => {
  try {
    const { scripts, main } = JSON.parse(text) as { scripts?: { start?: unknown }; main?: unknown };
    const start = scripts?.start;
    return {
      start: typeof start === "string" ? start : undefined,
      main: typeof main === "string" ? main : undefined,
    };
  } catch {
    return { start: undefined, main: undefined };
  }
};

const nodeFile =
  (...files: readonly string[]): Rule =>
  async ({ dir }) => {
    for (const file of files)
      if (await exists(path.join(dir, file))) return { by: file, entrypoint: [], cmd: [process.execPath, file] };
    return undefined;
  };

const goModule: Rule = async ({ dir }) =>
  (await exists(path.join(dir, "go.mod"))) ? { by: "go.mod", entrypoint: ["go", "run", "."], cmd: [] } : undefined;

const python: Rule = async ({ dir, hint }) => {
  for (const file of ["main.py", "app.py", "server.py"])
    if (await exists(path.join(dir, file))) return { by: file, entrypoint: [], cmd: ["python3", "-u", file] };
  for (const by of ["pyproject.toml", "requirements.txt"]) {
    if (!(await exists(path.join(dir, by)))) continue;
    if (await exists(path.join(dir, "__main__.py"))) return { by, entrypoint: [], cmd: ["python3", "-u", "."] };
    if (hint === undefined) return undefined;
  }
  return undefined;
};

const cargo: Rule = async ({ dir }) =>
  (await exists(path.join(dir, "Cargo.toml")))
    ? { by: "Cargo.toml", entrypoint: ["cargo", "run", "--quiet", "--"], cmd: [] }
    : undefined;

const staticFiles: Rule = async ({ dir }) =>
  (await exists(path.join(dir, "index.html")))
    ? { by: "index.html", entrypoint: [], cmd: [process.execPath, helperPath("static-server.cjs"), dir] }
    : undefined;

const dockerfileCommand: Rule = async ({ dir, hint }) => {
  if (hint === undefined || (hint.entrypoint === undefined && hint.cmd === undefined)) return undefined;
  const local = (words: readonly string[] = []): string[] => words.map((word) => inFolder(hint, dir, word));
  const words = { entrypoint: local(hint.entrypoint), cmd: local(hint.cmd) };
  const [program] = [...words.entrypoint, ...words.cmd];
  // The mode that `COPY --chmod` gives is not the file's own.
  if (program?.startsWith(dir) === true && !(await isExecutable(program))) {
    const runner = await interpreterOf(program);
    if (runner !== undefined) return { by: "Dockerfile", ...words, entrypoint: [...runner, ...words.entrypoint] };
  }
  return { by: "Dockerfile", ...words };
};

const RULES: readonly Rule[] = [
  procfile,
  packageJson,
  goModule,
  python,
  nodeFile("server.js", "server.mjs"),
  cargo,
  staticFiles,
  // Beside an index.html it is a script of the page.
  nodeFile("index.js", "index.mjs"),
  dockerfileCommand,
];

const interpreterOf = async (file: string): Promise<string[] | undefined> => {
  const [first = ""] = (await readFile(file, "utf8").catch(() => "")).split("\n");
  return first.startsWith("#!") ? splitWords(first.slice(2).trim()) : undefined;
};

const exists = (file: string): Promise<boolean> => can(file, 0);
const isExecutable = (file: string): Promise<boolean> => can(file, 1);
const can = (file: string, mode: number): Promise<boolean> =>
  access(file, mode).then(
    () => true,
    () => false,
  );
