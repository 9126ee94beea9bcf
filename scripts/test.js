// Builds when the sources changed (the tests run the real CLI from dist) and runs a part of the tests.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { buildIfStale } from "./build.js";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const projects = { "--kind": ["kind"], "--kill": ["kill"] };
// What needs nothing but Node.js.
const everywhere = ["unit", "embedded"];
const [first, ...rest] = process.argv.slice(2);
const chosen = projects[first] ?? everywhere;
const args = projects[first] === undefined ? process.argv.slice(2) : rest;
await buildIfStale();
const vitest = path.join(root, "node_modules", ".bin", "vitest");
const { status } = spawnSync(vitest, ["run", ...chosen.flatMap((project) => ["--project", project]), ...args], {
  cwd: root,
  stdio: "inherit",
});
process.exitCode = status ?? 1;
