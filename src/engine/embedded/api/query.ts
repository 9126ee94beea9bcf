import { StatusError, badRequest } from "./status.ts";

export type FieldValidation = "Ignore" | "Warn" | "Strict";

/** Query of a request that writes. */
export interface WriteOptions {
  readonly dryRun: boolean;
  /** Who the fields belong to that it sets: named, or the first part of the User-Agent. */
  readonly fieldManager: string;
  readonly namedManager: boolean;
  readonly fieldValidation: FieldValidation;
  readonly force: boolean | undefined;
}

export const writeOptions = (query: URLSearchParams, userAgent: string | undefined, kind: string): WriteOptions => {
  const named = query.get("fieldManager") ?? "";
  checkManager(named, kind);
  return {
    dryRun: dryRunOf(query.getAll("dryRun"), kind),
    fieldManager: named === "" ? managerOf(userAgent) : named,
    namedManager: named !== "",
    fieldValidation: fieldValidationOf(query.get("fieldValidation"), kind),
    force: query.has("force") ? isTrue(query.get("force")) : undefined,
  };
};

/** As Kubernetes reads booleans in a query: present and not false. */
export const isTrue = (value: string | null): boolean =>
  value !== null && !["0", "f", "F", "false", "FALSE", "False"].includes(value);

const managerOf = (userAgent: string | undefined): string => {
  const first = (userAgent ?? "").split("/")[0] ?? "";
  const name = first.replaceAll(/[^\x20-\x7e]/g, "").slice(0, 128);
  return name === "" ? "unknown" : name;
};

const checkManager = (manager: string, kind: string): void => {
  if (manager.length > 128)
    throw invalidOptions(kind, "fieldManager", "FieldValueTooLong", "Too long: may not be more than 128 bytes");
  if (/[^\x20-\x7e]/.test(manager))
    throw invalidOptions(
      kind,
      "fieldManager",
      "FieldValueInvalid",
      `Invalid value: ${JSON.stringify(manager)}: should only contain printable characters`,
    );
};

export const dryRunOf = (values: readonly string[], kind: string): boolean => {
  const given = values.filter((value) => value !== "");
  const wrong = given.find((value) => value !== "All");
  if (wrong === undefined) return given.length > 0;
  throw invalidOptions(
    kind,
    "dryRun",
    "FieldValueNotSupported",
    `Unsupported value: ${JSON.stringify(given)}: supported values: "All"`,
  );
};

const fieldValidationOf = (value: string | null, kind: string): FieldValidation => {
  if (value === null || value === "") return "Warn";
  if (value === "Ignore" || value === "Warn" || value === "Strict") return value;
  throw invalidOptions(
    kind,
    "fieldValidation",
    "FieldValueNotSupported",
    `Unsupported value: ${JSON.stringify(value)}: supported values: "", "Ignore", "Strict", "Warn"`,
  );
};

export const invalidOptions = (kind: string, field: string, reason: string, message: string): StatusError =>
  new StatusError("Invalid", `${kind}.meta.k8s.io "" is invalid: ${field}: ${message}`, {
    group: "meta.k8s.io",
    kind,
    causes: [{ reason, message, field }],
  });

/** A number of a query, at least 0. */
export const numberOf = (query: URLSearchParams, name: string): number | undefined => {
  const text = query.get(name);
  if (text === null || text === "") return undefined;
  if (/^-?\d{1,18}$/.test(text)) return Number(text);
  throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
};
