import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { parseManifests, readManifests } from "../../../src/k8s/manifest.ts";
import { isChoreoError } from "../../../src/lib/errors.ts";

const configMap = (name: string, more = ""): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${more}`;

const problemsOf = async (work: Promise<unknown>): Promise<readonly string[]> => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (isChoreoError(error, "E_MANIFEST")) return error.evidence;
  throw new Error("expected E_MANIFEST", { cause: error });
};

const folderOf = async (files: Readonly<Record<string, string>>): Promise<string> => {
  const folder = await mkdtemp(path.join(os.tmpdir(), "choreo-manifest-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [file, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await writeFile(path.join(folder, file), text);
  }
  return folder;
};

const namesOf = (found: readonly { object: { metadata: { name: string } } }[]): string[] =>
  found.map(({ object }) => object.metadata.name);

describe("a text of manifests", () => {
  test("has its documents with their lines; empty ones do not count", async () => {
    const text = `# a comment\n---\n${configMap("a")}---\n\n---\n${configMap("b")}`;
    const found = await parseManifests(text, "a.yaml");
    expect(found.map(({ object, file, line }) => [object.metadata.name, file, line])).toEqual([
      ["a", "a.yaml", 3],
      ["b", "a.yaml", 10],
    ]);
    expect(await parseManifests("", "a.yaml")).toEqual([]);
  });

  test("reads numbers with a leading zero as octal, as Kubernetes does", async () => {
    const [found] = await parseManifests(configMap("a", 'mode: 0644\nplain: 644\nquoted: "0644"\nversion: 089\n'), "a");
    expect(found?.object).toMatchObject({ mode: 0o644, plain: 644, quoted: "0644" });
  });

  test("resolves anchors and merges", async () => {
    const [found] = await parseManifests(configMap("a", "x: &x { k: v }\ny: { <<: *x, m: n }\n"), "a.yaml");
    expect(found?.object["y"]).toEqual({ k: "v", m: "n" });
  });

  test("may be JSON", async () => {
    const text = JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" } }, undefined, 2);
    expect(namesOf(await parseManifests(text, "a.json"))).toEqual(["a"]);
  });

  test("may have lists, of which each item is an object", async () => {
    const item = (name: string): string => `- ${configMap(name).trimEnd().replaceAll("\n", "\n  ")}\n`;
    const text = `apiVersion: v1\nkind: List\nitems:\n${item("a")}${item("b")}`;
    expect(namesOf(await parseManifests(text, "a.yaml"))).toEqual(["a", "b"]);
  });

  test.each([
    ["a list", "- a\n", "a.yaml:1:1"],
    ["a text", "hello\n", "a.yaml:1:1"],
    ["no apiVersion", "kind: ConfigMap\nmetadata: { name: a }\n", "apiVersion"],
    ["no kind", "apiVersion: v1\nmetadata: { name: a }\n", "kind"],
    ["no name", "apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n", "metadata.name"],
    ["no metadata", "apiVersion: v1\nkind: ConfigMap\n", "metadata.name"],
    ["a key twice", `${configMap("a")}kind: Secret\n`, "a.yaml:5:1"],
    ["a tab", "apiVersion: v1\n\tkind: ConfigMap\n", "a.yaml:2:1"],
  ])("with %s is refused, with the place", async (_what, text, words) => {
    const problems = await problemsOf(parseManifests(text, "a.yaml"));
    expect(problems.join("\n")).toContain(words);
  });

  test("tells all its problems at once, each with its place", async () => {
    const text = `${configMap("a")}---\nkind: X\n---\napiVersion: v1\nkind: ConfigMap\n`;
    const problems = await problemsOf(parseManifests(text, "a.yaml"));
    expect(problems.map((problem) => problem.split("  ")[0])).toEqual(["a.yaml:6:1", "a.yaml:8:1"]);
  });
});

describe("manifests of files and folders", () => {
  test("come in the order of the paths, then of the names", async () => {
    const folder = await folderOf({
      "k8s/b.yml": configMap("b"),
      "k8s/a.json": JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" } }),
      "k8s/notes.txt": "no manifest",
      "k8s/deeper/c.yaml": configMap("c"),
      "one.yaml": configMap("one"),
    });
    expect(namesOf(await readManifests(["one.yaml", "k8s"], folder))).toEqual(["one", "a", "b"]);
  });

  test("are not the platform's own files", async () => {
    const folder = await folderOf({
      "a.yaml": configMap("a"),
      "choreo-dev.yaml": "kind: Platform\n",
      "choreo.secrets.yaml": "key: value\n",
    });
    expect(namesOf(await readManifests(["."], folder))).toEqual(["a"]);
  });

  test("tell the problems of all files together", async () => {
    const folder = await folderOf({ "a.yaml": "kind: X\n", "b.yaml": "- b\n" });
    const problems = await problemsOf(readManifests(["."], folder));
    expect(problems.map((problem) => problem.split(":")[0])).toEqual(["a.yaml", "b.yaml"]);
  });

  test("that are not there, or a folder without any, are E_MANIFEST", async () => {
    const folder = await folderOf({ "notes.txt": "" });
    await expect(readManifests(["missing.yaml"], folder)).rejects.toMatchObject({ code: "E_MANIFEST" });
    await expect(readManifests(["."], folder)).rejects.toMatchObject({ code: "E_MANIFEST" });
  });
});
