import { isDeepStrictEqual } from "node:util";
import type { AnyObject } from "../../../k8s/types.ts";
import type { ResourceType } from "../api/resource-type.ts";
import { takeGoForm } from "../builtin/go-form.ts";
import { builtinKind } from "../builtin/kinds.ts";
import type { StatusCause } from "../api/status.ts";
import { forbidden, invalidValue } from "../schema/cause.ts";
import { validateMetadata } from "../schema/metadata.ts";
import { dnsSubdomain } from "../schema/names.ts";
import { prune } from "../schema/prune.ts";
import type { Rules } from "./rules.ts";

/** Built-in kinds: what they share, and around it the rules of their own. */
export const builtinRules = (type: ResourceType): Rules => {
  const kind = builtinKind(type);
  const hasStatus = type.subresources.some(({ name }) => name === "status");
  const metadata = { name: kind.name ?? dnsSubdomain, namespaced: type.namespaced };
  const form = (object: AnyObject): void => takeGoForm(object, type);
  return {
    dropUnknown: (object) => (type.schema === undefined ? [] : prune(object, type.schema)),
    setDefaults: (object) => {
      form(object);
      if (kind.defaults === undefined) return;
      kind.defaults(object);
      // Empty structs that a default has filled, and fields that it has added, take their place.
      form(object);
    },
    prepareCreate: (object, context) => {
      // Only a node comes with its status.
      if (hasStatus && type.kind !== "Node") delete object["status"];
      if (kind.generation === true) object.metadata.generation = 1;
      kind.prepareCreate?.(object, context);
      // Whatever has nothing of these is as the defaults have left it.
      if (hasStatus || kind.generation === true || kind.prepareCreate !== undefined) form(object);
    },
    prepareUpdate: (object, old, context) => {
      if (hasStatus) keep(object, old, "status");
      kind.prepareUpdate?.(object, old, context);
      form(object);
      if (kind.generation !== true) return;
      const isSame =
        isDeepStrictEqual(wanted(object), wanted(old)) &&
        (kind.countsAnnotations !== true ||
          isDeepStrictEqual(object.metadata.annotations ?? {}, old.metadata.annotations ?? {}));
      object.metadata.generation = (old.metadata.generation ?? 0) + (isSame ? 0 : 1);
    },
    prepareStatus: (object, old) => {
      for (const field of new Set([...Object.keys(object), ...Object.keys(old)]))
        if (field !== "status" && field !== "metadata") keep(object, old, field);
      if (old.metadata.generation !== undefined) object.metadata.generation = old.metadata.generation;
      kind.prepareStatus?.(object, old);
      form(object);
    },
    validateCreate: (object) =>
      Promise.resolve([
        ...validateMetadata(object.metadata, metadata),
        ...finalizerCauses(object),
        ...(kind.validate?.(object) ?? []),
      ]),
    validateUpdate: (object, old) =>
      Promise.resolve([
        ...finalizerCauses(object),
        ...addedFinalizers(object, old),
        ...((kind.validateUpdate ?? kind.validate)?.(object, old) ?? []),
      ]),
    validateStatus: (object, old) =>
      Promise.resolve([
        ...finalizerCauses(object),
        ...addedFinalizers(object, old),
        ...(kind.validateStatus?.(object, old) ?? []),
      ]),
    createsOnUpdate: kind.createsOnUpdate === true,
    updatesBlindly: true,
  };
};

const STANDARD = new Set(["foregroundDeletion", "orphan", "kubernetes"]);

const finalizerCauses = ({ metadata }: AnyObject): StatusCause[] =>
  (metadata.finalizers ?? []).flatMap((finalizer, at) =>
    finalizer.includes("/") || STANDARD.has(finalizer)
      ? []
      : [
          invalidValue(
            `metadata.finalizers[${at}]`,
            finalizer,
            "name is neither a standard finalizer name nor is it fully qualified",
          ),
        ],
  );

/** Nothing holds up an object that is going already. The real server says so twice. */
const addedFinalizers = ({ metadata }: AnyObject, old: AnyObject): StatusCause[] => {
  if (old.metadata.deletionTimestamp === undefined) return [];
  const had = new Set(old.metadata.finalizers ?? []);
  const added = (metadata.finalizers ?? []).filter((one) => !had.has(one));
  if (added.length === 0) return [];
  const list = added.map((one) => JSON.stringify(one)).join(", ");
  const why = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`;
  const cause = forbidden("metadata.finalizers", why);
  return [cause, cause];
};

const keep = (object: AnyObject, old: AnyObject, field: string): void => {
  if (old[field] === undefined) delete object[field];
  else object[field] = old[field];
};

/** Everything but metadata and status. */
const wanted = ({ metadata: _metadata, status: _status, ...rest }: AnyObject): object => rest;
