import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import packageJson from "../../../package.json" with { type: "json" };

const root = path.resolve(import.meta.dirname, "../../../action");

interface Step {
  readonly id?: string;
  readonly name?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly shell?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly "working-directory"?: string;
}

interface Action {
  readonly name: string;
  readonly description: string;
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly default: string }>>;
  readonly outputs?: Readonly<Record<string, { readonly description: string; readonly value: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
}

const actions = ["action.yml", "cleanup/action.yml"].map((file) => ({
  file,
  text: readFileSync(path.join(root, file), "utf8"),
  action: parse(readFileSync(path.join(root, file), "utf8")) as Action,
}));

/** Every `${{ … }}` of a text. */
const expressionsIn = (text: string): string[] =>
  [...text.matchAll(/\$\{\{\s*([^}]+?)\s*\}\}/g)].map(([, expression = ""]) => expression);

describe.each(actions)("$file", ({ action, text, file }) => {
  const { steps } = action.runs;

  test("has what GitHub asks of a composite action", () => {
    expect(
      Object.keys(action).filter(
        (key) => !["name", "description", "branding", "inputs", "outputs", "runs"].includes(key),
      ),
    ).toEqual([]);
    expect(action.runs.using).toBe("composite");
    const known = ["id", "name", "if", "uses", "with", "run", "shell", "env", "working-directory", "continue-on-error"];
    for (const step of steps) {
      expect(Object.keys(step).filter((key) => !known.includes(key))).toEqual([]);
      expect([step.uses, step.run].filter((one) => one !== undefined)).toHaveLength(1);
      // GitHub refuses a step with `run` and without `shell` in a composite action.
      expect(step.run === undefined || step.shell === "bash").toBe(true);
      expect(step.uses === undefined || /^actions\/[\w-]+@v\d+$/.test(step.uses)).toBe(true);
    }
  });

  test("describes each input and gives it a default, and asks only for inputs and steps that are there", () => {
    for (const { description, default: value } of Object.values(action.inputs)) {
      expect(description.length).toBeGreaterThan(10);
      expect(typeof value).toBe("string");
    }
    const inputs = Object.keys(action.inputs);
    const ids = steps.flatMap(({ id }) => id ?? []);
    for (const expression of [...expressionsIn(text), ...steps.flatMap((step) => step.if ?? [])]) {
      for (const [, input = ""] of expression.matchAll(/inputs\.([\w-]+)/g)) expect(inputs).toContain(input);
      for (const [, step = ""] of expression.matchAll(/steps\.([\w-]+)\./g)) expect(ids).toContain(step);
    }
  });

  test("puts no input into the text of a script, where it would be run", () => {
    for (const { run = "" } of steps) expect(expressionsIn(run)).toEqual([]);
  });

  test("runs scripts that are there", () => {
    const dir = path.dirname(path.join(root, file));
    const scripts = steps.flatMap(({ run = "" }) => [...run.matchAll(/\$GITHUB_ACTION_PATH\/([\w.-]+)/g)]);
    expect(scripts.length).toBeGreaterThan(1);
    for (const [, script = ""] of scripts) expect(existsSync(path.join(dir, script))).toBe(true);
  });
});

describe("the cleanup action", () => {
  test("removes the platform whatever happened before", () => {
    const { steps } = actions[1]!.action.runs;
    expect(steps.at(-1)).toMatchObject({ if: "always()", run: expect.stringContaining("down.sh") });
  });
});

describe("example-workflow.yml", () => {
  test("boots, tests and always cleans up, with inputs that the actions have", () => {
    const workflow = parse(readFileSync(path.join(root, "example-workflow.yml"), "utf8")) as {
      on: object;
      jobs: Readonly<Record<string, { "runs-on": string; "timeout-minutes": number; steps: readonly Step[] }>>;
    };
    const [job] = Object.values(workflow.jobs);
    const used = job!.steps.filter(({ uses = "" }) => uses.startsWith("OWNER/choreo-dev/action"));
    expect(used.map((step) => step.if)).toEqual([undefined, "always()"]);
    for (const [index, step] of used.entries()) {
      const inputs = Object.keys(actions[index]!.action.inputs);
      expect(Object.keys(step.with ?? {}).filter((input) => !inputs.includes(input))).toEqual([]);
    }
    expect(job!["timeout-minutes"]).toBeGreaterThan(0);
  });
});

describe("the Dev Container feature", () => {
  const folder = path.join(root, "devcontainer", "choreo-dev");
  const feature = JSON.parse(readFileSync(path.join(folder, "devcontainer-feature.json"), "utf8")) as {
    id: string;
    version: string;
    name: string;
    options: Readonly<Record<string, { type: string; default: unknown; description: string }>>;
  };

  test("has what the specification asks for, and the version of the package", () => {
    expect(feature.id).toBe(path.basename(folder));
    expect(feature.version).toBe(packageJson.version);
    for (const option of Object.values(feature.options)) {
      expect(["string", "boolean"]).toContain(option.type);
      expect(typeof option.default).toBe(option.type);
      expect(option.description.length).toBeGreaterThan(10);
    }
  });

  test("reads its options as the variables that they become", () => {
    const script = readFileSync(path.join(folder, "install.sh"), "utf8");
    for (const option of Object.keys(feature.options)) expect(script).toContain(`\${${option.toUpperCase()}:-`);
  });
});

const scripts = readdirSync(root, { recursive: true })
  .map(String)
  .filter((file) => file.endsWith(".sh"));
const hasShellcheck = spawnSync("shellcheck", ["--version"]).status === 0;

describe.each(scripts)("%s", (script) => {
  const file = path.join(root, script);

  test("is a script that bash can read and this user can run", () => {
    expect(spawnSync("bash", ["-n", file], { encoding: "utf8" })).toMatchObject({ status: 0, stderr: "" });
    expect(statSync(file).mode & 0o111).not.toBe(0);
  });

  test.skipIf(!hasShellcheck)("has nothing that shellcheck would change", () => {
    expect(spawnSync("shellcheck", [file], { encoding: "utf8" })).toMatchObject({ status: 0, stdout: "" });
  });
});
