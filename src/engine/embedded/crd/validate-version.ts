import type { PrinterColumn } from "../api/resource-type.ts";
import type { StatusCause } from "../api/status.ts";
import { duplicate, forbidden, invalidValue, required, tooMany } from "../schema/cause.ts";
import { member } from "../schema/data.ts";
import type { Schema } from "../schema/schema.ts";
import type { DefinitionVersion, SelectableField, Subresources } from "./definition.ts";
import { validateDefaults } from "./validate-defaults.ts";
import { validateStructural } from "./structural.ts";
import { validateOpenApi } from "./validate-schema.ts";

/** Paths under which the parts of a version are named in causes; undefined: that part is checked elsewhere. */
export interface PartPaths {
  readonly schema: string | undefined;
  readonly subresources: string | undefined;
  readonly columns: string | undefined;
  readonly selectable: string | undefined;
}

export const validateVersion = (version: DefinitionVersion, path: string, parts: PartPaths): StatusCause[] => {
  const schema = version.schema?.openAPIV3Schema;
  const hasStatus = version.subresources?.status !== undefined;
  return [
    ...deprecationCauses(version, path),
    ...(schema === undefined || parts.schema === undefined ? [] : schemaCauses(schema, hasStatus, parts.schema)),
    ...(parts.subresources === undefined ? [] : subresourceCauses(version.subresources, parts.subresources)),
    ...(parts.columns === undefined
      ? []
      : (version.additionalPrinterColumns ?? []).flatMap((column, at) =>
          columnCauses(column, `${parts.columns}[${at}]`),
        )),
    ...(parts.selectable === undefined || schema === undefined
      ? []
      : selectableCauses(version.selectableFields ?? [], schema, parts.selectable)),
  ];
};

const deprecationCauses = (
  { deprecated, deprecationWarning: text }: DefinitionVersion,
  path: string,
): StatusCause[] => {
  if (text === undefined) return [];
  const at = `${path}.deprecationWarning`;
  if (deprecated !== true) return [invalidValue(at, text, "can only be set for deprecated versions")];
  if (Buffer.byteLength(text) > 256) return [invalidValue(at, text, "must be <= 256 characters long")];
  return text === "" ? [invalidValue(at, text, "must not be an empty string")] : [];
};

const ROOT_KEYWORDS = new Set(
  "description type format title maximum exclusiveMaximum minimum exclusiveMinimum maxLength minLength pattern maxItems minItems uniqueItems multipleOf required items properties externalDocs example x-kubernetes-preserve-unknown-fields x-kubernetes-validations".split(
    " ",
  ),
);

const ROOT_FIELDS =
  "[Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength Pattern MaxItems MinItems UniqueItems MultipleOf Required Items Properties ExternalDocs Example XPreserveUnknownFields XValidations]";

const schemaCauses = (schema: Schema, hasStatus: boolean, path: string): StatusCause[] => {
  const at = `${path}.openAPIV3Schema`;
  const causes: StatusCause[] = hasStatus ? rootCauses(schema, at) : [];
  if (schema.nullable === true) causes.push(forbidden(`${at}.nullable`, "nullable cannot be true at the root"));
  const structural = validateStructural(schema, at);
  causes.push(...structural);
  if (structural.length === 0) causes.push(...validateDefaults(schema, at));
  causes.push(...validateOpenApi(schema, at));
  return causes;
};

/** With a status of its own, the schema of it must be found as `properties.status`. */
const rootCauses = (schema: Schema, at: string): StatusCause[] => {
  if (schema.type !== undefined && schema.type !== "object")
    return [
      invalidValue(
        `${at}.type`,
        schema.type,
        'only "object" is allowed as the type at the root of the schema if the status subresource is enabled',
      ),
    ];
  const odd = Object.entries(schema).some(
    ([name, value]) => !ROOT_KEYWORDS.has(name) && value !== false && value !== "",
  );
  const detail = `only ${ROOT_FIELDS} fields are allowed at the root of the schema if the status subresource is enabled`;
  return odd ? [invalidValue(at, schema, detail)] : [];
};

const subresourceCauses = (subresources: Subresources | undefined, path: string): StatusCause[] => {
  const { scale } = subresources ?? {};
  if (scale === undefined) return [];
  const { specReplicasPath = "", statusReplicasPath = "", labelSelectorPath = "" } = scale;
  return [
    ...replicasCauses(specReplicasPath, ".spec", `${path}.scale.specReplicasPath`),
    ...replicasCauses(statusReplicasPath, ".status", `${path}.scale.statusReplicasPath`),
    ...selectorPathCauses(labelSelectorPath, `${path}.scale.labelSelectorPath`),
  ];
};

const replicasCauses = (jsonPath: string, below: string, path: string): StatusCause[] => {
  if (jsonPath === "") return [required(path)];
  const causes = simplePathCauses(jsonPath, path);
  if (causes.length > 0 || jsonPath.startsWith(`${below}.`)) return causes;
  return [invalidValue(path, jsonPath, `should be a json path under ${below}`)];
};

const selectorPathCauses = (jsonPath: string, path: string): StatusCause[] => {
  if (jsonPath === "") return [];
  const causes = simplePathCauses(jsonPath, path);
  if (causes.length > 0 || jsonPath.startsWith(".spec.") || jsonPath.startsWith(".status.")) return causes;
  return [invalidValue(path, jsonPath, "should be a json path under either .spec or .status")];
};

const simplePathCauses = (jsonPath: string, path: string): StatusCause[] =>
  jsonPath.startsWith(".") ? [] : [invalidValue(path, jsonPath, "must be a simple json path starting with .")];

const COLUMN_TYPES = "boolean,date,integer,number,string";
const COLUMN_FORMATS = "byte,date,date-time,double,float,int32,int64,password";

const columnCauses = (column: Partial<PrinterColumn>, path: string): StatusCause[] => {
  const causes: StatusCause[] = [];
  const { name = "", type = "", format = "", jsonPath = "" } = column;
  if (name === "") causes.push(required(`${path}.name`));
  if (type === "") causes.push(required(`${path}.type`, `must be one of ${COLUMN_TYPES}`));
  else if (!COLUMN_TYPES.split(",").includes(type))
    causes.push(invalidValue(`${path}.type`, type, `must be one of ${COLUMN_TYPES}`));
  if (format !== "" && !COLUMN_FORMATS.split(",").includes(format))
    causes.push(invalidValue(`${path}.format`, format, `must be one of ${COLUMN_FORMATS}`));
  if (jsonPath === "") causes.push(required(`${path}.JSONPath`));
  else causes.push(...simplePathCauses(jsonPath, `${path}.JSONPath`));
  return causes;
};

const MOST_SELECTABLE = 8;

const selectableCauses = (fields: readonly SelectableField[], schema: Schema, path: string): StatusCause[] => {
  const causes: StatusCause[] = [];
  const seen = new Set<string>();
  for (const [index, { jsonPath = "" }] of fields.entries()) {
    const at = `${path}[${index}].jsonPath`;
    if (jsonPath === "") {
      causes.push(required(at));
      continue;
    }
    const found = fieldAt(schema, jsonPath);
    if (typeof found === "string") {
      causes.push(invalidValue(at, jsonPath, `is an invalid path: ${found}`));
      continue;
    }
    if (jsonPath.startsWith(".metadata"))
      causes.push(invalidValue(at, jsonPath, "must not point to fields in metadata"));
    if (!["string", "boolean", "integer"].includes(found.type ?? ""))
      causes.push(
        invalidValue(
          at,
          jsonPath,
          "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.",
        ),
      );
    if (seen.has(jsonPath)) causes.push(duplicate(at, jsonPath));
    seen.add(jsonPath);
  }
  if (seen.size > MOST_SELECTABLE) causes.push(tooMany(path, seen.size, MOST_SELECTABLE));
  return causes;
};

/** The schema of a field by its dotted path, or what is wrong with the path. */
const fieldAt = (schema: Schema, jsonPath: string): Schema | string => {
  if (!jsonPath.startsWith(".")) return `expected [ or . but got: ${jsonPath.split(/[.[\]]/)[0] ?? ""}`;
  if (jsonPath.includes("[")) return "array notation is not allowed";
  let at = schema;
  for (const name of jsonPath.slice(1).split(".")) {
    if (name === "") return "unexpected end of JSON path";
    const next =
      at.properties === undefined && typeof at.additionalProperties === "object"
        ? at.additionalProperties
        : member(at.properties, name);
    if (next === undefined) return "does not refer to a valid field";
    at = next;
  }
  return at;
};
