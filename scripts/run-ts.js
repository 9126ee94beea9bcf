// Runs one TypeScript file: `node scripts/run-ts.js bench/up.ts --json`. Bundled with esbuild into a temporary file first.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { build } from "esbuild";
import { buildIfStale } from "./build.js";

const [entry, ...args] = process.argv.slice(2);
await buildIfStale();
const dir = mkdtempSync(path.join(os.tmpdir(), "choreo-dev-run-"));
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
