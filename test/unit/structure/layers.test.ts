import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";

const root = path.resolve(import.meta.dirname, "../../..");
const source = path.join(root, "src");

/** Left may import right. Folders on one line are on one level and do not import each other. */
const LAYERS: readonly (readonly string[])[] = [
  ["vitest"],
  ["cli", "library"],
  ["supervisor"],
  ["dev"],
  ["diagnostics"],
  ["resources"],
  ["controller"],
  ["planes"],
  ["addons", "crds"],
  ["engine"],
  ["run"],
  ["plan"],
  ["config"],
  ["source"],
  ["k8s", "docker", "state"],
  ["lib"],
];

const files = readdirSync(source, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
  .map((entry) => path.relative(source, path.join(entry.parentPath, entry.name)));

const levelOf = (folder: string): number => LAYERS.findIndex((layer) => layer.includes(folder));

const importsOf = (file: string): string[] => {
  const text = readFileSync(path.join(source, file), "utf8");
  return [...text.matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)].map(([, target = ""]) =>
    path.normalize(path.join(path.dirname(file), target)),
  );
};

describe("the source tree", () => {
  test("has only folders that the layers name", () => {
    const unknown = files
      .map((file) => file.split(path.sep))
      .filter((parts) => parts.length > 1 && levelOf(parts[0] ?? "") < 0);
    expect(unknown.map((parts) => parts.join("/"))).toEqual([]);
  });

  test("imports in one direction only", () => {
    const wrong: string[] = [];
    for (const file of files) {
      const from = file.split(path.sep)[0] ?? "";
      if (!file.includes(path.sep)) continue;
      for (const target of importsOf(file)) {
        const to = target.split(path.sep)[0] ?? "";
        if (from !== to && levelOf(from) >= levelOf(to)) wrong.push(`${file} → ${target}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test("has no file of more than 400 lines", () => {
    const long = files.filter((file) => readFileSync(path.join(source, file), "utf8").split("\n").length > 401);
    expect(long).toEqual([]);
  });

  test("never turns certificate checks off", () => {
    const pattern = /rejectUnauthorized:\s*false|NODE_TLS_REJECT_UNAUTHORIZED|"-k"|"--insecure"|skipTLSVerify:\s*true/;
    const tests = readdirSync(path.join(root, "test"), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith(".ts") && entry.name !== "layers.test.ts")
      .map((entry) => path.join(entry.parentPath, entry.name));
    // A server that asks for certificates and takes tokens as well: it looks at each certificate itself.
    const server = path.join(source, "engine/embedded/http/listener.ts");
    const bad = [...files.map((file) => path.join(source, file)), ...tests].filter((file) =>
      pattern.test(readFileSync(file, "utf8")),
    );
    expect(bad).toEqual([server]);
  });
});
