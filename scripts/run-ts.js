// Runs one TypeScript file: `node scripts/run-ts.js bench/up.ts --json`. Bundled with esbuild into a temporary file first.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import path from "node:path";
import { build } from "esbuild";
import { fileURLToPath } from "node:url";
import { buildIfStale } from "./build.js";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const [entry, ...args] = process.argv.slice(2);
await buildIfStale();
// Beside node_modules, so that packages are found.
const dir = mkdtempSync(path.join(root, ".dist-run-"));
const outfile = path.join(dir, "main.mjs");
await build({
  entryPoints: [entry],
  outfile,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20.19",
  packages: "external",
  logLevel: "warning",
});
const { status } = spawnSync(process.execPath, [outfile, ...args], { stdio: "inherit" });
rmSync(dir, { recursive: true, force: true });
process.exitCode = status ?? 1;
