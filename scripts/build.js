// Bundles src into dist with esbuild: one ESM chunk per lazily imported part, so that `--help` loads little.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** Longer than anybody works with a supervisor of an older build. */
const KEEP_OLD_CHUNKS_MS = 2 * 24 * 60 * 60 * 1000;

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

export const sourceHash = () => {
  const hash = createHash("sha256");
  for (const file of [
    ...files(path.join(root, "src")),
    path.join(root, "package.json"),
    fileURLToPath(import.meta.url),
  ]) {
    hash.update(path.relative(root, file)).update("\0").update(readFileSync(file)).update("\0");
  }
  return hash.digest("hex");
};

/** Builds when dist is missing or was made from other sources. */
export const buildIfStale = async () => {
  const stamp = path.join(root, "dist", ".source-hash");
  const hash = sourceHash();
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === hash) return;
  await build(hash);
};

/** dockerode's sessions for building images, which nothing here uses, would bring all of gRPC: a megabyte and 25 ms. */
const withoutBuildSessions = {
  name: "without-build-sessions",
  setup: (plugins) => {
    plugins.onResolve({ filter: /^\.\/session$/ }, ({ importer }) =>
      importer.endsWith(path.join("dockerode", "lib", "docker.js"))
        ? { path: "sessions", namespace: "left-out" }
        : undefined,
    );
    plugins.onLoad({ filter: /.*/, namespace: "left-out" }, () => ({
      contents: `module.exports = () => { throw new Error("images are not built through dockerode here"); };`,
    }));
  },
};

/** Returns the names of the files in dist that belong to this build, and esbuild's account of what went into them. */
export const build = async (hash = sourceHash()) => {
  const { build: esbuild } = await import("esbuild");
  // A folder of its own, then a rename: another process that runs from dist never sees half of it.
  const out = path.join(root, `.dist-${process.pid}`);
  const { metafile } = await esbuild({
    entryPoints: {
      cli: "src/cli/main.ts",
      supervisor: "src/supervisor/main.ts",
      reaper: "src/supervisor/reaper.ts",
      "build-step": "src/engine/embedded/build/main.ts",
      index: "src/index.ts",
      vitest: "src/vitest/index.ts",
      "vitest-setup": "src/vitest/setup.ts",
    },
    absWorkingDir: root,
    outdir: out,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20.19",
    packages: "bundle",
    external: ["cpu-features", "*.node", "vitest"],
    // Its CommonJS form loses its named exports behind a dynamic import.
    alias: { yaml: path.join(root, "node_modules/yaml/browser/index.js") },
    // What some CommonJS packages expect; Node.js 20.11 and newer have it as import.meta.
    define: { __dirname: "import.meta.dirname", __filename: "import.meta.filename" },
    sourcemap: "linked",
    sourcesContent: false,
    plugins: [withoutBuildSessions],
    metafile: true,
    logLevel: "warning",
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
    },
  });
  // Chunk names carry their content's hash: adding the new ones beside the old keeps a supervisor that runs from dist
  // able to load the rest of itself. The entries go last.
  const dist = path.join(root, "dist");
  mkdirSync(dist, { recursive: true });
  const made = readdirSync(out).sort((a, b) => Number(b.startsWith("chunk")) - Number(a.startsWith("chunk")));
  for (const file of made) renameSync(path.join(out, file), path.join(dist, file));
  rmSync(out, { recursive: true, force: true });
  for (const file of readdirSync(dist))
    if (!made.includes(file) && Date.now() - statSync(path.join(dist, file)).mtimeMs > KEEP_OLD_CHUNKS_MS)
      rmSync(path.join(dist, file), { recursive: true, force: true });
  // Whoever asks in this moment which program it is must not read an empty file.
  writeFileSync(path.join(dist, `.source-hash-${process.pid}`), hash);
  renameSync(path.join(dist, `.source-hash-${process.pid}`), path.join(dist, ".source-hash"));
  return { files: made, metafile };
};

const files = (dir) =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await build();
