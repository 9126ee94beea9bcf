import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { loadConfig } from "../../../src/config/load.ts";
import { jsonSchema } from "../../../src/config/schema.ts";
import { folderWith } from "./folder.ts";

const root = path.resolve(import.meta.dirname, "../../..");

interface Node {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly items?: Node;
  readonly additionalProperties?: unknown;
}

interface Field {
  readonly path: string;
  readonly description: string;
  readonly required: boolean;
  readonly isMap: boolean;
}

/** Each field of the schema with its path, `planes.data[].name`, in the order of the schema. */
const fieldsOf = (node: Node, prefix = ""): Field[] =>
  Object.entries(node.properties ?? {}).flatMap(([key, child]) => {
    const own = prefix === "" ? key : `${prefix}.${key}`;
    const field: Field = {
      path: own,
      description: child.description ?? "",
      required: node.required?.includes(key) === true,
      isMap: child.properties !== undefined,
    };
    return [field, ...fieldsOf(child, own), ...fieldsOf(child.items ?? {}, `${own}[]`)];
  });

const schema = jsonSchema() as Node & Record<string, unknown>;
const fields = fieldsOf(schema);

describe("the JSON schema", () => {
  test("is draft 2020-12 with an id, and closed", () => {
    expect(schema).toMatchObject({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      $id: "urn:choreo-dev:platform:v1alpha1",
      additionalProperties: false,
      required: ["apiVersion", "kind"],
    });
  });

  test("describes each field", () => {
    expect(fields.length).toBeGreaterThan(40);
    expect(fields.filter(({ description }) => description.length < 5)).toEqual([]);
  });

  test("names the default of each value that may be left out", () => {
    const silent = fields.filter(
      ({ required, isMap, description }) => !required && !isMap && !description.includes("Default: "),
    );
    expect(silent.map((field) => field.path)).toEqual([]);
  });
});

describe("docs/config.md", () => {
  const text = readFileSync(path.join(root, "docs/config.md"), "utf8");
  const rows = (marker: string): string[][] => {
    const [, table = ""] = new RegExp(`<!-- ${marker} -->\n([\\s\\S]*?)\n<!-- /${marker} -->`).exec(text) ?? [];
    return table
      .trim()
      .split("\n")
      .slice(2)
      .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()));
  };

  test("has each field with the words of the schema", () => {
    const written = rows("fields").map(([, field = "", meaning = ""]) => [field, meaning]);
    expect(written).toEqual(fields.map(({ path: field, description }) => [`\`${field}\``, description]));
  });

  test("says for each field, or a map or list around it, what a change does to a running platform", () => {
    const covered = rows("changes").flatMap(([, , names = ""]) =>
      [...names.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name),
    );
    const isCovered = (field: string): boolean =>
      covered.some((name) => field === name || field.startsWith(`${name}.`) || field.startsWith(`${name}[`));
    const silent = fields.filter((field) => !field.isMap && !isCovered(field.path)).map((field) => field.path);
    expect(silent.filter((field) => !["apiVersion", "kind", "planes.data"].includes(field))).toEqual([]);
    expect(covered.filter((name) => !fields.some((field) => field.path === name))).toEqual([]);
  });

  test("shows only configurations that load", async () => {
    const examples = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, example = ""]) => example);
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) {
      const cwd = await folderWith({
        "choreo-dev.yaml": example,
        "catalog/component.yaml": "",
        "storefront/component.yaml": "",
      });
      expect((await loadConfig({ cwd, env: {} })).platform.file).toBeDefined();
    }
  });
});

describe("clusters/", () => {
  const ready = readdirSync(path.join(root, "clusters")).filter((name) => name.endsWith(".yaml"));

  test.each(ready)("%s is ready for use and named like its file", async (name) => {
    const { platform } = await loadConfig({ cwd: root, file: path.join("clusters", name), env: {} });
    expect(platform).toMatchObject({ name: path.basename(name, ".yaml"), topology: path.basename(name, ".yaml") });
  });
});
