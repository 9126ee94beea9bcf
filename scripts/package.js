// Makes the tarball that is published: a fresh bundle, declarations, and the licences of everything that is bundled.
// Not a `prepack` script, because npm runs none of those where scripts are off, and here they are. Arguments go to `npm pack`.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "./build.js";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** `node_modules/a` or `node_modules/@b/c` for every package that a file of the bundle comes from. */
const bundledPackages = ({ inputs }) => {
  const folders = Object.keys(inputs).flatMap((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []);
  return [...new Set(folders)].sort();
};

const licenceOf = (folder) => {
  const { name, version, license } = JSON.parse(readFileSync(path.join(root, folder, "package.json"), "utf8"));
  const file = readdirSync(path.join(root, folder)).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  const text = file === undefined ? "" : `\n${readFileSync(path.join(root, folder, file), "utf8").trim()}\n`;
  return `${name} ${version} (${license})\n${text}`;
};

const { files, metafile } = await build();
// Packed from a folder of its own: dist may hold chunks of older builds, which a running supervisor may still need.
const stage = mkdtempSync(path.join(os.tmpdir(), "choreo-dev-pack-"));
try {
  const { files: kept } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
  for (const entry of ["package.json", "README.md", ...kept].filter((name) => name !== "dist"))
    if (existsSync(path.join(root, entry)))
      cpSync(path.join(root, entry), path.join(stage, entry), { recursive: true });
  const dist = path.join(stage, "dist");
  for (const file of files.filter((name) => !name.endsWith(".map")))
    cpSync(path.join(root, "dist", file), path.join(dist, file));
  const tsc = path.join(root, "node_modules/typescript/bin/tsc");
  execFileSync(process.execPath, [tsc, "-p", "tsconfig.types.json", "--outDir", path.join(dist, "types")], {
    cwd: root,
    stdio: ["ignore", 2, 2],
  });
  const licences = bundledPackages(metafile).map(licenceOf);
  writeFileSync(path.join(dist, "THIRD-PARTY-LICENSES.txt"), licences.join(`\n${"-".repeat(78)}\n\n`));
  const destination = process.argv.includes("--pack-destination") ? [] : ["--pack-destination", root];
  execFileSync("npm", ["pack", ...destination, ...process.argv.slice(2)], { cwd: stage, stdio: "inherit" });
} finally {
  rmSync(stage, { recursive: true, force: true });
}
