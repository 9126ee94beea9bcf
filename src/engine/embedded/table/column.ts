import type { AnyObject } from "../../../k8s/types.ts";
import { type Fields, inner, items, text, textMap } from "../builtin/fields-of.ts";
import { since } from "./age.ts";

export type Cell = (object: AnyObject, now: number) => unknown;

/** A column of `kubectl get`. */
export interface Column {
  readonly name: string;
  readonly type: "string" | "integer" | "boolean" | "number" | "date";
  /** `name` for the column that holds the object's name. */
  readonly format: string;
  /** 1: only with `-o wide`. */
  readonly priority: number;
  readonly cell: Cell;
}

export const column = (name: string, cell: Cell, type: Column["type"] = "string", priority = 0): Column => ({
  name,
  type,
  format: "",
  priority,
  cell,
});

export const wide = (name: string, cell: Cell): Column => column(name, cell, "string", 1);

export const NAME: Column = { ...column("Name", ({ metadata }) => metadata.name), format: "name" };
export const AGE: Column = column("Age", ({ metadata }, now) => since(metadata.creationTimestamp, now));
/** Kinds without columns of their own show when they were made. */
export const CREATED: Column = column("Created At", ({ metadata }) => metadata.creationTimestamp ?? null, "date");

/** The value of a text at a path of fields. */
export const at =
  (...path: readonly string[]): Cell =>
  (object) =>
    text(inner(object, ...path.slice(0, -1)), path.at(-1) ?? "");

/** As {@link at}, with a word for an empty one. */
export const orNone =
  (...path: readonly string[]): Cell =>
  (object, now) =>
    at(...path)(object, now) || "<none>";

export const numberAt =
  (...path: readonly string[]): Cell =>
  (object) => {
    const value = inner(object, ...path.slice(0, -1))?.[path.at(-1) ?? ""];
    return typeof value === "number" ? value : 0;
  };

const containersOf = (object: AnyObject, path: readonly string[]): Fields[] =>
  items(object, ...path, "spec", "containers");

/** Names, images and selector of a workload; `path`: where its pod template is. */
export const templateColumns = (...path: readonly string[]): Column[] => [
  wide("Containers", (object) => list(containersOf(object, path).map((one) => text(one, "name")))),
  wide("Images", (object) => list(containersOf(object, path).map((one) => text(one, "image")))),
];

const list = (words: readonly string[]): string => words.join(",");

/** A label selector as kubectl prints it. */
export const selectorText = (selector: Fields | undefined): string => {
  const labels = labelsText(textMap(selector, "matchLabels"));
  const expressions = items(selector, "matchExpressions").map((one) => {
    const values = ((one["values"] as string[] | undefined) ?? []).toSorted((a, b) => a.localeCompare(b)).join(",");
    const [key, operator] = [text(one, "key"), text(one, "operator")];
    if (operator === "Exists") return key;
    if (operator === "DoesNotExist") return `!${key}`;
    return `${key} ${operator === "In" ? "in" : "notin"} (${values})`;
  });
  return [...(labels === "" ? [] : [labels]), ...expressions].join(",") || "<none>";
};

export const labelsText = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
