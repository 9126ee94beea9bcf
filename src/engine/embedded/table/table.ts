import type { AnyObject } from "../../../k8s/types.ts";
import type { ResourceType } from "../api/resource-type.ts";
import { inner, text } from "../builtin/fields-of.ts";
import { type Column, NAME } from "./column.ts";
import { columnsOf } from "./columns.ts";

export interface TableOptions {
  /** How much of the objects comes with their rows. */
  readonly includeObject: "None" | "Metadata" | "Object";
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Objects in the form in which `kubectl get` prints them. */
export interface Table {
  readonly kind: "Table";
  readonly apiVersion: "meta.k8s.io/v1";
  readonly columnDefinitions: readonly unknown[];
  readonly rows: readonly unknown[];
}

export const tableOf = (type: ResourceType, objects: readonly AnyObject[], options: TableOptions): Table => {
  const columns = columnsOf(type);
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    columnDefinitions: columns.map((column) => definitionOf(column)),
    rows: objects.map((object) => rowOf(type, object, columns, options)),
  };
};

const definitionOf = (column: Column): unknown => {
  const { name, type, format, priority } = column;
  return { name, type, format, description: column === NAME ? "Name of the object." : name, priority };
};

const rowOf = (
  type: ResourceType,
  object: AnyObject,
  columns: readonly Column[],
  { includeObject, now }: TableOptions,
): unknown => {
  const conditions = conditionsOf(type, object);
  return {
    cells: columns.map(({ cell }) => cell(object, now)),
    ...(conditions.length === 0 ? {} : { conditions }),
    object: objectIn(object, includeObject),
  };
};

const objectIn = (object: AnyObject, include: TableOptions["includeObject"]): unknown => {
  if (include === "Object") return object;
  if (include === "None") return null;
  return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: object.metadata };
};

/** Rows of pods that are over are marked. */
const conditionsOf = ({ group, kind }: ResourceType, object: AnyObject): readonly unknown[] => {
  if (group !== "" || kind !== "Pod") return [];
  const phase = text(inner(object, "status"), "phase");
  if (phase !== "Succeeded" && phase !== "Failed") return [];
  const message = phase === "Succeeded" ? "The pod has completed successfully." : "The pod failed.";
  return [{ type: "Completed", status: "True", reason: phase, message }];
};
