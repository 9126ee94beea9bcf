import path from "node:path/posix";
import ignore from "ignore";
import { packageChange } from "./dependency-change.ts";
import type { SourceChange } from "./watch/watch-source.ts";

export type Language = "node" | "python" | "static" | "go" | "rust" | "other";

/** What to do about a change, the strongest first. */
export type Action = "rebuild" | "apply" | "sync" | "ignore";

/** Files that a user wants to be copied into the running component, whatever they look like. */
export interface SyncRule {
  /** A pattern as in .gitignore, from the watched folder. */
  readonly path: string;
  /** Whether the program has to be started again. Default: what the language does for such a file. */
  readonly restart?: boolean | undefined;
}

/** What is known of a component; paths are from the watched folder, with "/". */
export interface ComponentProfile {
  readonly language: Language;
  /** Where a Dockerfile is looked for. */
  readonly dockerfilePath: string;
  /** The build's context; "" for the watched folder. */
  readonly contextPath: string;
  readonly manifests: readonly string[];
  readonly sync: readonly SyncRule[];
  /** Whether a file gets into the image, by its path from the context (`imageFilter`). Default: all do. */
  readonly inImage?: ((file: string) => boolean) | undefined;
  /** Whether Node.js runs .ts files as they are. Default false: the image compiles them. */
  readonly runsTypeScript?: boolean | undefined;
}

/** A change with the file's text before and after it, where it is known: only a package.json needs them. */
export interface ChangeWithText extends SourceChange {
  readonly before?: string | undefined;
  readonly after?: string | undefined;
}

export interface ClassifiedChange extends SourceChange {
  readonly action: Action;
  /** Whether the program has to be started again after a sync; false for the other actions. */
  readonly restart: boolean;
  /** In words, to follow the path: "package-lock.json: locks dependencies". */
  readonly reason: string;
}

export interface Classification {
  /** The strongest of all: a rebuild makes syncs needless, but manifests in `changes` have to be applied all the same. */
  readonly action: Action;
  readonly restart: boolean;
  readonly changes: readonly ClassifiedChange[];
}

/** Decides what a batch of changes asks for. */
export const classify = ({
  changes,
  profile,
}: {
  readonly changes: readonly ChangeWithText[];
  readonly profile: ComponentProfile;
}): Classification => {
  const classified = changes.map((change) => ({
    path: change.path,
    kind: change.kind,
    ...classifyOne(change, profile),
  }));
  const action = STRONGEST_FIRST.find((one) => classified.some((change) => change.action === one)) ?? "ignore";
  return { action, restart: classified.some(({ restart }) => restart), changes: classified };
};

const STRONGEST_FIRST: readonly Action[] = ["rebuild", "apply", "sync", "ignore"];

interface Verdict {
  readonly action: Action;
  readonly restart: boolean;
  readonly reason: string;
}

const rebuild = (reason: string): Verdict => ({ action: "rebuild", restart: false, reason });
const restart = (reason: string): Verdict => ({ action: "sync", restart: true, reason });
const copy = (reason: string): Verdict => ({ action: "sync", restart: false, reason });
const nothing = (reason: string): Verdict => ({ action: "ignore", restart: false, reason });

const classifyOne = (change: ChangeWithText, profile: ComponentProfile): Verdict => {
  const file = change.path;
  if (isManifest(file, profile)) return { action: "apply", restart: false, reason: "describes the component" };
  if (file === profile.dockerfilePath) return rebuild("says how the image is built");
  if (isDockerIgnore(file, profile)) return rebuild("decides what gets into the image");
  const inContext = pathIn(profile.contextPath, file);
  const reachesImage = inContext !== undefined && profile.inImage?.(inContext) !== false;
  const dependencies = reachesImage ? dependencyVerdict(change) : undefined;
  if (dependencies !== undefined) return dependencies;
  const rule = profile.sync.find((one) => matches(one.path, file));
  if (rule !== undefined) {
    const usual = languageVerdict(file, profile);
    return {
      action: "sync",
      restart: rule.restart ?? (usual.restart || usual.action === "rebuild"),
      reason: `is matched by the sync rule ${rule.path}`,
    };
  }
  if (inContext === undefined) return nothing(`is not in the build context ${profile.contextPath}`);
  return reachesImage ? languageVerdict(file, profile) : nothing("is left out of the image by .dockerignore");
};

const isManifest = (file: string, { manifests }: ComponentProfile): boolean =>
  manifests.includes(file) || file === "choreo-dev.yaml" || /(?:^|\/)\.choreo\/[^/]+\.ya?ml$/.test(file);

const isDockerIgnore = (file: string, { contextPath, dockerfilePath }: ComponentProfile): boolean =>
  file === path.join(contextPath, ".dockerignore") || file === `${dockerfilePath}.dockerignore`;

/** A file's path from a folder, undefined when it is not in it. */
const pathIn = (folder: string, file: string): string | undefined => {
  const top = path.normalize(folder === "" ? "." : folder).replace(/\/$/, "");
  if (top === ".") return file;
  return file.startsWith(`${top}/`) ? file.slice(top.length + 1) : undefined;
};

const matches = (pattern: string, file: string): boolean => ignore({ ignorecase: false }).add(pattern).ignores(file);

const dependencyVerdict = ({ path: file, before, after }: ChangeWithText): Verdict | undefined => {
  const name = path.basename(file);
  if (name === "package.json") {
    const change = packageChange(before, after);
    return change === undefined ? undefined : rebuild(change);
  }
  if (LOCKS.has(name)) return rebuild("locks dependencies");
  if (DEPENDENCIES.has(name) || REQUIREMENTS.test(file)) return rebuild("lists dependencies");
  return TOOLCHAIN.has(name) ? rebuild("decides what the image is built with") : undefined;
};

const LOCKS: ReadonlySet<string> = new Set([
  ...["package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb", "deno.lock"],
  ...["poetry.lock", "Pipfile.lock", "uv.lock", "pdm.lock", "pylock.toml", "conda-lock.yml"],
  ...["go.sum", "go.work.sum", "Cargo.lock", "Gemfile.lock", "composer.lock", "gradle.lockfile"],
]);
const DEPENDENCIES: ReadonlySet<string> = new Set([
  ...["pnpm-workspace.yaml", "pyproject.toml", "Pipfile", "setup.py", "setup.cfg", "environment.yml"],
  ...["go.mod", "go.work", "Cargo.toml", "Gemfile", "composer.json", "pom.xml", "build.gradle", "build.gradle.kts"],
]);
const REQUIREMENTS = /(?:^|\/)(?:(?:requirements|constraints)[^/]*\.(?:txt|in)|requirements\/[^/]+\.(?:txt|in))$/;
const TOOLCHAIN: ReadonlySet<string> = new Set([
  ...[".npmrc", ".yarnrc", ".yarnrc.yml", ".nvmrc", ".node-version", "tsconfig.json", ".babelrc", ".swcrc"],
  ...[".python-version", "runtime.txt", ".tool-versions", "rust-toolchain", "rust-toolchain.toml", "Procfile"],
]);

const languageVerdict = (file: string, profile: ComponentProfile): Verdict => {
  switch (profile.language) {
    case "static":
      return copy("is served as it is");
    case "node":
      return nodeVerdict(file, profile.runsTypeScript === true);
    case "python":
      return pythonVerdict(file);
    case "go":
      return file.endsWith("_test.go") ? nothing("is a test, which go build leaves out") : rebuild("is compiled");
    case "rust":
      return RUST_ASIDE.test(file) ? nothing("is a test, bench or example of its own") : rebuild("is compiled");
    case "other":
      return rebuild("may be compiled: nothing is known of the component's language");
  }
};

const nodeVerdict = (file: string, runsTypeScript: boolean): Verdict => {
  const extension = path.extname(file);
  if (/\.d\.[mc]?ts$/.test(file)) return copy("holds types only");
  const isTypeScript = [".ts", ".mts", ".cts"].includes(extension);
  if (isTypeScript && !runsTypeScript) return rebuild("is compiled into the image");
  if (NODE_COMPILED.has(extension)) return rebuild("is compiled into the image");
  if (TEST.test(file)) return copy("is a test");
  if (isTypeScript || NODE_CODE.has(extension)) return restart("is code that Node.js runs");
  return dataVerdict(file);
};

const pythonVerdict = (file: string): Verdict => {
  const extension = path.extname(file);
  if (PYTHON_COMPILED.has(extension)) return rebuild("is compiled into the image");
  if (TEST.test(file)) return copy("is a test");
  return extension === ".py" ? restart("is code that Python runs") : dataVerdict(file);
};

const dataVerdict = (file: string): Verdict => {
  const extension = path.extname(file).toLowerCase();
  if (TEMPLATES.has(extension)) return copy("is a template");
  if (STATIC.has(extension)) return copy("is served as it is");
  if (extension === ".md" || DOCUMENTS.test(file)) return copy("is documentation");
  return restart("may be read when the program starts");
};

const NODE_CODE: ReadonlySet<string> = new Set([".js", ".mjs", ".cjs", ".node", ".wasm"]);
const NODE_COMPILED: ReadonlySet<string> = new Set([
  ...[".tsx", ".jsx", ".vue", ".svelte", ".astro", ".coffee", ".scss", ".sass", ".less"],
  ...[".c", ".cc", ".cpp", ".h", ".gyp"],
]);
const PYTHON_COMPILED: ReadonlySet<string> = new Set([".pyx", ".pxd", ".c", ".cc", ".cpp", ".h", ".rs"]);
const TEMPLATES: ReadonlySet<string> = new Set([
  ...[".ejs", ".pug", ".hbs", ".mustache", ".njk", ".liquid", ".jinja", ".jinja2", ".j2", ".tmpl", ".mako"],
]);
const STATIC: ReadonlySet<string> = new Set([
  ...[".html", ".htm", ".css", ".map", ".webmanifest", ".pdf"],
  ...[".svg", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".ico", ".bmp"],
  ...[".woff", ".woff2", ".ttf", ".otf", ".eot", ".mp3", ".mp4", ".webm", ".ogg", ".wav"],
]);
const TEST = /(?:^|\/)(?:tests?|__tests__)\/|[._](?:test|spec)\.[^/.]+$|(?:^|\/)(?:test_[^/]*|conftest)\.py$/;
const DOCUMENTS = /^(?:docs?\/.*|(?:README|LICEN[CS]E|CHANGELOG|CONTRIBUTING|NOTICE)[^/]*)$/;
const RUST_ASIDE = /(?:^|\/)(?:tests|benches|examples)\//;
