// Types, lint, format, structure and dead code, all of them even when one fails. `npm run fix` repairs what it can.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const bin = (name) => path.join(root, "node_modules", ".bin", name);
const checks = [
  ["types", bin("tsc"), []],
  ["lint", bin("oxlint"), ["--type-aware", "--deny-warnings"]],
  ["format", bin("prettier"), ["--check", "--cache", "--cache-strategy", "content", "--log-level", "warn", "."]],
  ["structure", bin("vitest"), ["run", "--project", "unit", "test/unit/structure", "--reporter", "dot"]],
  ["dead code", bin("knip"), ["--no-progress"]],
];
let failed = 0;
for (const [name, command, args] of checks) {
  const began = Date.now();
  const { status } = spawnSync(command, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) failed++;
  console.log(`${status === 0 ? "ok    " : "FAILED"} ${name} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
}
process.exitCode = failed === 0 ? 0 : 1;
