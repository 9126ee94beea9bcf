import { isDeepStrictEqual } from "node:util";
import type { AnyObject } from "../../../k8s/types.ts";
import type { ResourceType } from "../api/resource-type.ts";
import type { StatusCause } from "../api/status.ts";
import { applyDefaults } from "../schema/defaults.ts";
import { validateListTypes } from "../schema/list-types.ts";
import { validateMetadata, validateMetadataUpdate } from "../schema/metadata.ts";
import { dnsSubdomain } from "../schema/names.ts";
import { prepareSchema } from "../schema/prepare.ts";
import { prune } from "../schema/prune.ts";
import { invalidValue } from "../schema/cause.ts";
import { evaluateRules, hasAnyRules } from "../schema/rules.ts";
import type { Schema } from "../schema/schema.ts";
import { validateSchema } from "../schema/validate.ts";
import type { Rules } from "./rules.ts";

/** Custom resources: everything is in the schema of their definition. */
export const customRules = (type: ResourceType): Rules => {
  const schema: Schema = type.schema ?? { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  const hasStatus = type.subresources.some(({ name }) => name === "status");
  const metadata = { name: dnsSubdomain, namespaced: type.namespaced };
  let prepared: Promise<void> | undefined;
  const validate = async (object: AnyObject, old?: AnyObject): Promise<StatusCause[]> => {
    await (prepared ??= prepareSchema(schema));
    const causes = [
      ...(old === undefined
        ? validateMetadata(object.metadata, metadata)
        : validateMetadataUpdate(object.metadata, old.metadata)),
      ...validateSchema(object, schema, old),
      ...validateListTypes(object, schema),
      ...scaleCauses(type, object),
    ];
    // Rules may count on an object of the right shape.
    if (causes.some(({ reason = "" }) => BLOCKING.has(reason)))
      return hasAnyRules(schema) ? [...causes, NOT_CHECKED] : causes;
    return [...causes, ...(await evaluateRules(object, old, schema)).causes];
  };
  return {
    dropUnknown: (object) => prune(object, schema),
    setDefaults: (object) => applyDefaults(object, schema),
    prepareCreate: (object) => {
      if (hasStatus) delete object["status"];
      object.metadata.generation = 1;
    },
    prepareUpdate: (object, old) => {
      if (hasStatus) keep(object, old, "status");
      object.metadata.generation = (old.metadata.generation ?? 0) + (hasSameContent(object, old, hasStatus) ? 0 : 1);
    },
    prepareStatus: (object, old) => {
      for (const field of new Set([...Object.keys(object), ...Object.keys(old)]))
        if (field !== "status" && field !== "metadata") keep(object, old, field);
      const { managedFields, resourceVersion } = object.metadata;
      object.metadata = {
        ...old.metadata,
        ...(managedFields === undefined ? {} : { managedFields }),
        ...(resourceVersion === undefined ? {} : { resourceVersion }),
      };
    },
    validateCreate: (object) => validate(object),
    validateUpdate: validate,
    validateStatus: validate,
    createsOnUpdate: false,
    updatesBlindly: false,
  };
};

const BLOCKING = new Set([
  "FieldValueNotSupported",
  "FieldValueRequired",
  "FieldValueTooLong",
  "FieldValueTooMany",
  "FieldValueTypeInvalid",
]);

const NOT_CHECKED: StatusCause = {
  reason: "FieldValueInvalid",
  message:
    "Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation",
  field: "<nil>",
};

/** A number of replicas is one, wherever the definition keeps it. */
const scaleCauses = (type: ResourceType, object: AnyObject): StatusCause[] => {
  const { scale } = type.subresources.find(({ name }) => name === "scale") ?? {};
  if (scale === undefined) return [];
  const field = scale.specReplicasPath;
  const value = field
    .split(".")
    .filter(Boolean)
    .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], object);
  if (value === undefined || value === null) return [];
  if (typeof value === "number")
    return value < 0 ? [invalidValue(field, value, "should be a non-negative integer")] : [];
  const what = `${field} accessor error: ${String(value)} is of the type ${typeof value}, expected int64`;
  return [invalidValue(field, 0, what)];
};

const keep = (object: AnyObject, old: AnyObject, field: string): void => {
  if (old[field] === undefined) delete object[field];
  else object[field] = old[field];
};

/** Everything but the metadata, and but a status that is written by itself. */
const hasSameContent = (object: AnyObject, old: AnyObject, hasStatus: boolean): boolean => {
  const content = ({ metadata: _metadata, ...rest }: AnyObject): Record<string, unknown> => {
    const { status: _status, ...withoutStatus } = rest;
    return hasStatus ? withoutStatus : rest;
  };
  return isDeepStrictEqual(content(object), content(old));
};
