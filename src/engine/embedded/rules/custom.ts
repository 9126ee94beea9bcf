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
import { evaluateRules } from "../schema/rules.ts";
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
    ];
    // Rules may count on a valid object.
    return causes.length > 0 ? causes : (await evaluateRules(object, old, schema)).causes.slice();
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
    createsOnUpdate: false,
    updatesBlindly: false,
  };
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
