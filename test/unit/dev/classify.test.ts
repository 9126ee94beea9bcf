import { describe, expect, test } from "vitest";
import { type ChangeWithText, classify, type ComponentProfile, type Language } from "../../../src/dev/classify.ts";

const profile = (language: Language, more: Partial<ComponentProfile> = {}): ComponentProfile => ({
  language,
  dockerfilePath: "Dockerfile",
  contextPath: "",
  manifests: [],
  sync: [],
  ...more,
});

const written = (path: string, texts: Partial<ChangeWithText> = {}): ChangeWithText => ({
  path,
  kind: "written",
  ...texts,
});

/** "rebuild", "sync", "sync+restart", … of one file. */
const actionOf = (change: ChangeWithText | string, of: ComponentProfile): string => {
  const { changes } = classify({ changes: [typeof change === "string" ? written(change) : change], profile: of });
  const [one] = changes;
  return `${one?.action}${one?.restart === true ? "+restart" : ""}`;
};

const reasonOf = (change: ChangeWithText, of: ComponentProfile): string | undefined =>
  classify({ changes: [change], profile: of }).changes[0]?.reason;

describe("files by language", () => {
  test.each<[Language, string, string[]]>([
    ["node", "sync+restart", ["server.js", "lib/a.mjs", "b.cjs", "config.json", "queries/x.sql", ".env", "run.sh"]],
    [
      "node",
      "sync",
      ["public/a.css", "index.html", "logo.SVG", "views/x.ejs", "README.md", "docs/x.txt", "types.d.ts"],
    ],
    ["node", "sync", ["test/a.js", "src/a.test.js", "src/__tests__/b.js"]],
    ["node", "rebuild", ["src/a.ts", "src/b.tsx", "c.jsx", "app.vue", "style.scss", "binding.gyp"]],
    ["python", "sync+restart", ["app.py", "pkg/__init__.py", "data.json", "settings.toml"]],
    ["python", "sync", ["templates/a.html", "templates/b.j2", "static/a.css", "test_app.py", "tests/conftest.py"]],
    ["python", "rebuild", ["fast.pyx", "ext/a.c"]],
    ["static", "sync", ["index.html", "app.js", "data.json", "a/b.wasm"]],
    ["go", "rebuild", ["main.go", "templates/a.html", "README.md"]],
    ["go", "ignore", ["main_test.go"]],
    ["rust", "rebuild", ["src/main.rs", "build.rs", "static/a.css"]],
    ["rust", "ignore", ["tests/a.rs", "benches/b.rs"]],
    ["other", "rebuild", ["src/Main.java", "index.html"]],
  ])("of %s: %s", (language, action, files) => {
    expect(files.map((file) => [file, actionOf(file, profile(language))])).toEqual(files.map((file) => [file, action]));
  });

  test("of TypeScript that Node.js runs as it is", () => {
    const of = profile("node", { runsTypeScript: true });
    expect(actionOf("src/a.ts", of)).toBe("sync+restart");
    expect(actionOf("src/a.test.ts", of)).toBe("sync");
    expect(actionOf("src/a.tsx", of)).toBe("rebuild");
  });

  test("that are gone are treated as those that are written", () => {
    expect(actionOf({ path: "server.js", kind: "removed" }, profile("node"))).toBe("sync+restart");
    expect(actionOf({ path: "yarn.lock", kind: "removed" }, profile("node"))).toBe("rebuild");
  });
});

describe("what an image is made from", () => {
  test.each([
    ...["Dockerfile", ".dockerignore", "Dockerfile.dockerignore", "package-lock.json", "pnpm-lock.yaml", "yarn.lock"],
    ...["packages/a/package-lock.json", ".npmrc", "tsconfig.json", "bun.lockb"],
    ...["requirements.txt", "requirements-dev.txt", "requirements/base.txt", "pyproject.toml", "uv.lock", "Pipfile"],
    ...["go.mod", "go.sum", "Cargo.toml", "Cargo.lock", "rust-toolchain.toml"],
  ])("asks for a rebuild in every language: %s", (file) => {
    for (const language of ["node", "python", "static", "go", "rust", "other"] as const)
      expect(actionOf(file, profile(language))).toBe("rebuild");
  });

  test("is where the profile says", () => {
    const of = profile("node", { dockerfilePath: "docker/dev.Dockerfile", contextPath: "app" });
    expect(actionOf("docker/dev.Dockerfile", of)).toBe("rebuild");
    expect(actionOf("docker/dev.Dockerfile.dockerignore", of)).toBe("rebuild");
    expect(actionOf("app/.dockerignore", of)).toBe("rebuild");
    expect(actionOf("app/server.js", of)).toBe("sync+restart");
    expect(actionOf(".dockerignore", of)).toBe("ignore");
    expect(actionOf("Dockerfile", of)).toBe("ignore");
    expect(actionOf("package-lock.json", of)).toBe("ignore");
    expect(reasonOf(written("other/server.js"), of)).toBe("is not in the build context app");
  });

  test("is not what .dockerignore leaves out", () => {
    const of = profile("node", { inImage: (file) => !file.startsWith("scripts/") });
    expect(actionOf("scripts/tool.js", of)).toBe("ignore");
    expect(actionOf("scripts/package-lock.json", of)).toBe("ignore");
    expect(reasonOf(written("scripts/tool.js"), of)).toBe("is left out of the image by .dockerignore");
    expect(actionOf("server.js", of)).toBe("sync+restart");
  });
});

describe("package.json", () => {
  const text = (fields: object): string => JSON.stringify({ name: "a", version: "1.0.0", ...fields });
  const base = { dependencies: { express: "^5", "left-pad": "1" }, scripts: { start: "node .", postinstall: "x" } };
  const change = (fields: object): ChangeWithText =>
    written("package.json", { before: text(base), after: text({ ...base, ...fields }) });

  test.each<[string, object, string]>([
    ["a new dependency", { dependencies: { ...base.dependencies, ws: "8" } }, "dependencies changed: ws"],
    ["another range", { dependencies: { ...base.dependencies, express: "^4" } }, "dependencies changed: express"],
    ["none left", { dependencies: undefined }, "dependencies changed: express, left-pad"],
    ["a tool", { devDependencies: { esbuild: "1" } }, "devDependencies changed: esbuild"],
    ["an override", { overrides: { a: { b: "1" } } }, "overrides changed"],
    ["a package manager", { packageManager: "pnpm@10" }, "packageManager changed"],
    ["a script of the install", { scripts: { ...base.scripts, postinstall: "y" } }, "the script postinstall changed"],
    [
      "a name that objects have",
      { dependencies: { ...base.dependencies, constructor: "1" } },
      "dependencies changed: constructor",
    ],
  ])("with %s asks for a rebuild", (_title, fields, reason) => {
    expect(actionOf(change(fields), profile("node"))).toBe("rebuild");
    expect(reasonOf(change(fields), profile("node"))).toBe(reason);
  });

  test.each<[string, object]>([
    ["another version", { version: "1.0.1" }],
    ["another start", { scripts: { ...base.scripts, start: "node --watch ." } }],
    ["the same in another order", { dependencies: { "left-pad": "1", express: "^5" } }],
  ])("with %s asks for a restart only", (_title, fields) => {
    expect(actionOf(change(fields), profile("node"))).toBe("sync+restart");
  });

  test("of which a text is missing or broken asks for a rebuild", () => {
    expect(actionOf("package.json", profile("node"))).toBe("rebuild");
    expect(actionOf({ path: "package.json", kind: "removed", before: text({}) }, profile("node"))).toBe("rebuild");
    const broken = written("package.json", { before: text({}), after: '{"name": ' });
    expect(reasonOf(broken, profile("node"))).toBe("it is not a valid package.json");
    expect(actionOf(written("package.json", { before: "[]", after: "[]" }), profile("node"))).toBe("rebuild");
  });
});

describe("manifests", () => {
  test("are applied, whatever else they look like", () => {
    const of = profile("node", { manifests: ["deploy/component.json", "k8s/a.yaml"], sync: [{ path: "**" }] });
    for (const file of [".choreo/component.yaml", "app/.choreo/endpoints.yml", "choreo-dev.yaml", ...of.manifests])
      expect(actionOf(file, of)).toBe("apply");
    expect(actionOf(".choreo/deep/x.yaml", of)).not.toBe("apply");
    expect(actionOf({ path: ".choreo/component.yaml", kind: "removed" }, of)).toBe("apply");
  });
});

describe("sync rules of the user", () => {
  test("win over what the language says", () => {
    const of = profile("go", {
      sync: [{ path: "web/**" }, { path: "*.tmpl", restart: false }, { path: "/conf", restart: true }],
    });
    expect(actionOf("web/app/index.html", of)).toBe("sync+restart");
    expect(actionOf("deep/a.tmpl", of)).toBe("sync");
    expect(actionOf("conf/a.yaml", of)).toBe("sync+restart");
    expect(actionOf("in/conf/a.yaml", of)).toBe("rebuild");
    expect(reasonOf(written("web/a"), of)).toBe("is matched by the sync rule web/**");
  });

  test("restart as the language would, unless they say", () => {
    const of = profile("node", { sync: [{ path: "src/**" }] });
    expect(actionOf("src/a.js", of)).toBe("sync+restart");
    expect(actionOf("src/a.css", of)).toBe("sync");
    expect(actionOf("src/a.tsx", of)).toBe("sync+restart");
  });

  test("do not take what an image is made from, but files that it does not hold", () => {
    const of = profile("node", { sync: [{ path: "**" }], inImage: (file) => file !== "extra.js", contextPath: "app" });
    expect(actionOf("Dockerfile", of)).toBe("rebuild");
    expect(actionOf("app/yarn.lock", of)).toBe("rebuild");
    expect(actionOf("app/extra.js", of)).toBe("sync+restart");
    expect(actionOf("shared/a.js", of)).toBe("sync+restart");
  });
});

describe("a batch", () => {
  test.each<[string[], string, boolean]>([
    [["a.css"], "sync", false],
    [["a.css", "a.js"], "sync", true],
    [["a.js", ".choreo/component.yaml"], "apply", true],
    [["a.js", ".choreo/component.yaml", "Dockerfile"], "rebuild", true],
    [[], "ignore", false],
  ])("of %j asks for: %s", (files, action, restart) => {
    const result = classify({ changes: files.map((file) => written(file)), profile: profile("node") });
    expect(result).toMatchObject({ action, restart });
    expect(result.changes.map(({ path }) => path)).toEqual(files);
  });
});
