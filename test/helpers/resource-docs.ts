import { format } from "prettier";
import { KINDS } from "../../src/crds/definitions.ts";
import type { Kind } from "../../src/crds/kind.ts";
import type { JsonSchema } from "../../src/crds/schema.ts";

/** docs/resources.md, made from the definitions themselves, so that it cannot be wrong. */
export const resourceDocs = (introduction: string): Promise<string> =>
  format([introduction, overview(), ...KINDS.map(chapter)].join("\n\n"), { parser: "markdown", printWidth: 140 });

const overview = (): string =>
  table(
    ["kind", "short names", "scope", "what it is"],
    KINDS.map(({ kind, shortNames, scope, description }) => [
      `[${kind}](#${kind.toLowerCase()})`,
      shortNames.map(code).join(", "),
      scope === "Cluster" ? "cluster" : "organization",
      description,
    ]),
  );

const chapter = ({ kind, description, spec, status, rules = [] }: Kind): string =>
  [
    `## ${kind}`,
    description,
    table(["field", "type", "meaning"], [...rowsOf("spec", spec.json), ...statusRows(status.json)]),
    [...rulesIn(spec.json), ...rules].map(({ message }) => `- ${message}`).join("\n"),
  ]
    .filter(Boolean)
    .join("\n\n");

/** Conditions are the same everywhere and told once. */
const statusRows = (status: JsonSchema): string[][] =>
  rowsOf("status", status).filter(([field]) => !/conditions|observedGeneration|`status`/.test(field ?? ""));

const rowsOf = (path: string, schema: JsonSchema): string[][] =>
  Object.entries(schema.properties ?? {}).flatMap(([name, one]) => {
    const at = `${path}.${name}`;
    const required = schema.required?.includes(name) === true;
    const inner = one.items ?? one.additionalProperties ?? one;
    const below = one.items === undefined ? (one.additionalProperties === undefined ? at : `${at}{}`) : `${at}[]`;
    const deeper = isProbe(name) ? [] : rowsOf(below, inner);
    return [[code(at), `${typeOf(one)}${required ? ", required" : ""}`, meaningOf(one)], ...deeper];
  });

/** Kubernetes' own structure, documented there. */
const isProbe = (name: string): boolean => name.endsWith("Probe");

const typeOf = (schema: JsonSchema): string => {
  if (schema.type === "array") return `list of ${plainType(schema.items)}`;
  if (schema.additionalProperties !== undefined) return `map of ${plainType(schema.additionalProperties)}`;
  return plainType(schema);
};

const plainType = (schema: JsonSchema | undefined): string => schema?.type ?? "anything";

const meaningOf = ({ description = "", enum: values }: JsonSchema): string =>
  values === undefined ? description : `${description} One of ${values.map(code).join(", ")}.`;

const rulesIn = (schema: JsonSchema): readonly { readonly message: string }[] => [
  ...(schema["x-kubernetes-validations"] ?? []),
  ...Object.values(schema.properties ?? {}).flatMap(rulesIn),
  ...(schema.items === undefined ? [] : rulesIn(schema.items)),
];

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.map(cell).join(" | ")} |`).join("\n");

const cell = (text: string): string => text.replaceAll("|", "\\|");
const code = (text: string): string => `\`${text}\``;
