import type { ResourceType, Subresource } from "../api/resource-type.ts";
import { returnsDeleted } from "./types.ts";

export const REFERENCE = "#/components/schemas/";

const PREFIX = "io.k8s.apimachinery.pkg.apis.meta.v1";

/** Definitions that paths and lists of every group version refer to. */
export const META = {
  object: `${PREFIX}.ObjectMeta`,
  listMeta: `${PREFIX}.ListMeta`,
  deleteOptions: `${PREFIX}.DeleteOptions`,
  status: `${PREFIX}.Status`,
  patch: `${PREFIX}.Patch`,
} as const;

/** Definition of a kind. */
export type NameOf = (group: string, version: string, kind: string) => string | undefined;

export const refTo = (name: string): { readonly $ref: string } => ({ $ref: `${REFERENCE}${name}` });

/** `/api/v1`, `/apis/apps/v1`. */
export const rootOf = (group: string, version: string): string =>
  group === "" ? `/api/${version}` : `/apis/${group}/${version}`;

/** Path items of the resources of a group version. Streams and proxies (`log`, `exec`, …) are not described. */
export const pathsOf = (
  group: string,
  version: string,
  types: readonly ResourceType[],
  nameOf: NameOf,
): Record<string, unknown> =>
  Object.fromEntries(
    types
      .flatMap((type) => itemsOf(type, rootOf(group, version), nameOf))
      .filter(([, item]) => METHODS.some((method) => Object.hasOwn(item, method)))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

type Item = Record<string, unknown>;

const METHODS = ["get", "post", "put", "patch", "delete"];
const STREAMS: readonly string[] = ["attach", "exec", "log", "portforward", "proxy"];

/** What operations of one path have in common. */
interface Target {
  readonly type: ResourceType;
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly name: string | undefined;
  readonly listName: string | undefined;
  readonly verbs: readonly string[];
  /** Behind the verb in operation names: `NamespacedDeployment`. */
  readonly noun: string;
}

const itemsOf = (type: ResourceType, root: string, nameOf: NameOf): (readonly [string, Item])[] => {
  const { group, version, kind, verbs, namespaced, resource } = type;
  const target: Target = {
    type,
    kind: { group, version, kind },
    name: nameOf(group, version, kind),
    listName: type.listKind === "" ? undefined : nameOf(group, version, type.listKind),
    verbs,
    noun: `${namespaced ? "Namespaced" : ""}${kind}`,
  };
  const collection = `${root}${namespaced ? "/namespaces/{namespace}" : ""}/${resource}`;
  const all: Target = { ...target, verbs: verbs.filter((verb) => verb === "list"), noun: `${kind}ForAllNamespaces` };
  return [
    [collection, item(target, COLLECTION, namespaced ? ["namespace"] : [])],
    ...(namespaced ? [[`${root}/${resource}`, item(all, COLLECTION, [])] as const] : []),
    [`${collection}/{name}`, item(target, OBJECT, namespaced ? ["name", "namespace"] : ["name"])],
    ...type.subresources
      .filter(({ name }) => !STREAMS.includes(name))
      .map(
        (one) =>
          [
            `${collection}/{name}/${one.name}`,
            item(subresourceTarget(target, one, nameOf), SUBRESOURCE, namespaced ? ["name", "namespace"] : ["name"]),
          ] as const,
      ),
  ];
};

const subresourceTarget = (target: Target, one: Subresource, nameOf: NameOf): Target => ({
  ...target,
  kind: { group: one.group, version: one.version, kind: one.kind },
  name: nameOf(one.group, one.version, one.kind),
  verbs: one.verbs,
  noun: `${target.noun}${capital(one.name)}`,
});

/** How a verb is an operation. */
interface Operation {
  readonly method: string;
  /** `x-kubernetes-action`. */
  readonly action: string;
  /** In front of the group in operation names. */
  readonly prefix: string;
  readonly query: readonly string[];
  readonly body?: "object" | "patch" | "deleteOptions";
  readonly answer: "object" | "list" | "status";
  readonly codes: readonly string[];
}

const WRITE = ["dryRun", "fieldManager", "fieldValidation"];
const SELECT = ["fieldSelector", "labelSelector", "limit", "continue", "resourceVersion", "resourceVersionMatch"];
const LIST = [...SELECT, "sendInitialEvents", "timeoutSeconds"];
const DELETE = ["dryRun", "gracePeriodSeconds", "orphanDependents", "propagationPolicy"];
const CODES = { read: ["200"], create: ["200", "201", "202"], write: ["200", "201"], delete: ["200", "202"] };

const GET: Operation = {
  method: "get",
  action: "get",
  prefix: "read",
  query: [],
  answer: "object",
  codes: CODES.read,
};
const CREATE: Operation = {
  method: "post",
  action: "post",
  prefix: "create",
  query: WRITE,
  answer: "object",
  codes: CODES.create,
  body: "object",
};
const UPDATE: Operation = {
  method: "put",
  action: "put",
  prefix: "replace",
  query: WRITE,
  answer: "object",
  codes: CODES.write,
  body: "object",
};
const PATCH: Operation = {
  method: "patch",
  action: "patch",
  prefix: "patch",
  answer: "object",
  codes: CODES.write,
  query: [...WRITE, "force"],
  body: "patch",
};
const COLLECTION: Readonly<Record<string, Operation>> = {
  list: {
    method: "get",
    action: "list",
    prefix: "list",
    answer: "list",
    codes: CODES.read,
    query: [...LIST, "allowWatchBookmarks", "watch"],
  },
  create: CREATE,
  deletecollection: {
    method: "delete",
    action: "deletecollection",
    prefix: "delete",
    answer: "status",
    codes: CODES.read,
    query: [...LIST, ...DELETE],
    body: "deleteOptions",
  },
};
const OBJECT: Readonly<Record<string, Operation>> = {
  get: GET,
  update: UPDATE,
  patch: PATCH,
  delete: {
    method: "delete",
    action: "delete",
    prefix: "delete",
    answer: "status",
    codes: CODES.delete,
    query: DELETE,
    body: "deleteOptions",
  },
};
const SUBRESOURCE: Readonly<Record<string, Operation>> = { get: GET, create: CREATE, update: UPDATE, patch: PATCH };

const TYPES: Readonly<Record<string, string>> = {
  allowWatchBookmarks: "boolean",
  force: "boolean",
  orphanDependents: "boolean",
  sendInitialEvents: "boolean",
  watch: "boolean",
  limit: "integer",
  timeoutSeconds: "integer",
  gracePeriodSeconds: "integer",
};

const item = (target: Target, operations: Readonly<Record<string, Operation>>, path: readonly string[]): Item => ({
  ...Object.fromEntries(
    target.verbs.flatMap((verb) => {
      const operation = operations[verb];
      return operation === undefined ? [] : [[operation.method, described(target, verb, operation)]];
    }),
  ),
  parameters: [...path.map((name) => ({ ...parameter("path", name), required: true })), parameter("query", "pretty")],
});

const described = (target: Target, verb: string, { method, action, prefix, query, codes, ...operation }: Operation) => {
  const { type, kind, noun } = target;
  const withObject = verb === "delete" && returnsDeleted(type);
  const answers = { list: target.listName, object: target.name, status: withObject ? target.name : META.status };
  const groupName = type.group === "" ? "core" : camel(type.group.replace(/\.k8s\.io$/, ""));
  const collection = verb === "deletecollection" ? "Collection" : "";
  return {
    tags: [`${groupName}_${type.version}`],
    operationId: `${prefix}${capital(groupName)}${capital(type.version)}${collection}${noun}`,
    ...(query.length === 0 ? {} : { parameters: query.toSorted().map((name) => parameter("query", name)) }),
    ...bodyOf(target, method, operation.body),
    responses: {
      ...Object.fromEntries(
        codes.map((code) => [code, { description: CODE_TEXTS[code], ...content(ANSWERS, answers[operation.answer]) }]),
      ),
      "401": { description: "Unauthorized" },
    },
    "x-kubernetes-action": action,
    "x-kubernetes-group-version-kind": kind,
  };
};

const CODE_TEXTS: Readonly<Record<string, string>> = { "200": "OK", "201": "Created", "202": "Accepted" };
const ANSWERS = ["application/json", "application/yaml"];
const PATCHES = ["application/apply-patch+yaml", "application/json-patch+json", "application/merge-patch+json"];

const bodyOf = (target: Target, method: string, body: Operation["body"]): Item => {
  if (body === undefined) return {};
  if (body === "deleteOptions") return { requestBody: content(["*/*"], META.deleteOptions) };
  const patches = target.type.custom ? PATCHES : [...PATCHES, "application/strategic-merge-patch+json"];
  const accepted = method === "patch" ? content(patches, META.patch) : content(["*/*"], target.name);
  return { requestBody: { ...accepted, required: true } };
};

const content = (mediaTypes: readonly string[], name: string | undefined): Item => ({
  content: Object.fromEntries(mediaTypes.map((one) => [one, name === undefined ? {} : { schema: refTo(name) }])),
});

const parameter = (where: "path" | "query", name: string) => ({
  name,
  in: where,
  schema: { type: TYPES[name] ?? "string" },
});

const camel = (dotted: string): string =>
  dotted
    .split(/[.-]/)
    .map((part, index) => (index === 0 ? part : capital(part)))
    .join("");

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
