import { badRequest } from "./status.ts";

export interface FieldRequirement {
  readonly field: string;
  readonly value: string;
  readonly negated: boolean;
}

/** Fields by which objects of every kind can be selected. */
const ALWAYS = ["metadata.name", "metadata.namespace"];

/**
 * Reads a field selector: `field=value`, `field==value`, `field!=value`, joined by commas; `\` takes the meaning from `,`, `=`
 * and itself. Only known fields are taken: `known` are those of the kind besides name and namespace.
 */
export const parseFieldSelector = (text: string, known: readonly string[] = []): FieldRequirement[] =>
  partsOf(text)
    .filter((part) => part !== "")
    .map((part) => {
      const requirement = requirementOf(part);
      const fields = [...ALWAYS, ...known];
      if (fields.includes(requirement.field)) return requirement;
      const list = fields.map((field) => `"${field}"`).join(", ");
      throw badRequest(`"${requirement.field}" is not a known field selector: only ${list}`);
    });

/** Whether an object whose fields `valueOf` gives is meant. */
export const matchesFields = (requirements: readonly FieldRequirement[], valueOf: (field: string) => string): boolean =>
  requirements.every(({ field, value, negated }) => (valueOf(field) === value) !== negated);

const partsOf = (text: string): string[] => {
  const parts: string[] = [];
  let part = "";
  for (let at = 0; at < text.length; at++) {
    if (text[at] === "\\") part += text.slice(at, ++at + 1);
    else if (text[at] === ",") {
      parts.push(part);
      part = "";
    } else part += text[at];
  }
  return [...parts, part];
};

const requirementOf = (part: string): FieldRequirement => {
  const [, field, operator, value] = /^((?:\\.|[^\\=!])*?)(!=|==|=)(.*)$/s.exec(part) ?? [];
  if (field === undefined || value === undefined)
    throw badRequest(`invalid selector: '${part}'; can't understand '${part}'`);
  return { field, value: unescaped(value), negated: operator === "!=" };
};

const unescaped = (value: string): string => {
  let text = "";
  for (let at = 0; at < value.length; at++) {
    const next = value[at + 1];
    if (value[at] !== "\\") text += value[at];
    else if (next === "\\" || next === "," || next === "=") {
      text += next;
      at++;
    } else throw badRequest(`invalid field selector: invalid escape sequence: \\${next ?? ""}`);
  }
  return text;
};
