#!/usr/bin/env node
// Checks the Node version, builds in a checkout when the sources are newer than dist, and sets the exit code.
import { existsSync } from "node:fs";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`error  choreo-dev needs Node.js 20.19 or newer; this is ${process.versions.node}\n`);
  process.exit(3);
}
const checkout = new URL("../src/cli/main.ts", import.meta.url);
if (existsSync(checkout)) await (await import("../scripts/build.js")).buildIfStale();
const { main } = await import("../dist/cli.js");
process.exitCode = await main(process.argv.slice(2));
