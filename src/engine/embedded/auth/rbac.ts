import type { User } from "../api/request.ts";
import { objectOf, prefixOf } from "../api/stored.ts";
import type { LabelSelector } from "../controllers/kinds.ts";
import { matchesSelector } from "../controllers/selector.ts";
import type { Entry, Store } from "../store/store.ts";
import { ALL_MIGHTY } from "./users.ts";

/** What somebody wants to do. */
export interface Attributes {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string | undefined;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  /** Of a path that is no resource; the others are empty then. */
  readonly path?: string | undefined;
}

interface Rule {
  readonly verbs?: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

interface Binding {
  readonly roleRef: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly kind: string; readonly name: string; readonly namespace?: string }[];
}

const RBAC = "rbac.authorization.k8s.io";
/** Paths that everybody may look at who has said who he is. */
const OPEN_PATHS = ["/api", "/api/*", "/apis", "/apis/*", "/openapi", "/openapi/*", "/version", "/version/"];
const HEALTH_PATHS = ["/healthz", "/livez", "/readyz", "/version", "/version/"];
/** What everybody may ask about himself. */
const SELF_REVIEWS = ["selfsubjectaccessreviews", "selfsubjectrulesreviews", "selfsubjectreviews"];

/** Whether the roles of a user allow it: Kubernetes' RBAC. */
export const isAllowed = (store: Store, user: User, wanted: Attributes): boolean => {
  if (user.groups.includes(ALL_MIGHTY)) return true;
  if (isAllowedToAll(user, wanted)) return true;
  return rulesFor(store, user, wanted.namespace).some((rule) => permits(rule, wanted));
};

const isAllowedToAll = ({ groups }: User, { path, resource, verb }: Attributes): boolean => {
  const isKnown = groups.includes("system:authenticated");
  if (path !== undefined)
    return HEALTH_PATHS.includes(path) || (isKnown && OPEN_PATHS.some((one) => matchesPath(one, path)));
  return isKnown && verb === "create" && SELF_REVIEWS.includes(resource);
};

/** All rules that a user has in a namespace. */
export const rulesFor = (store: Store, user: User, namespace: string | undefined): Rule[] => {
  const bindings = [
    ...bindingsOf(store, "clusterrolebindings", "").map((binding) => ({ binding, namespace: "" })),
    ...(namespace === undefined || namespace === ""
      ? []
      : bindingsOf(store, "rolebindings", namespace).map((binding) => ({ binding, namespace }))),
  ];
  return bindings
    .filter(({ binding, namespace: of }) => (binding.subjects ?? []).some((subject) => isSubject(user, subject, of)))
    .flatMap(({ binding: { roleRef }, namespace: of }) => rulesOfRole(store, roleRef, of));
};

const bindingsOf = (store: Store, resource: string, namespace: string): Binding[] =>
  store
    .range(prefixOf({ group: RBAC, resource }, namespace))
    .entries.map((entry) => objectOf(entry) as unknown as Binding);

const rulesOfRole = (store: Store, { kind, name }: Binding["roleRef"], namespace: string): Rule[] => {
  const key = kind === "ClusterRole" ? `${RBAC}/clusterroles//${name}` : `${RBAC}/roles/${namespace}/${name}`;
  const entry = store.get(key);
  return entry === undefined ? [] : rulesIn(store, entry, new Set());
};

/** A role's own rules and those of the roles that it is the sum of, which may be sums, too. `seen`: no role counts twice. */
const rulesIn = (store: Store, entry: Entry, seen: Set<string>): Rule[] => {
  if (seen.has(entry.key)) return [];
  seen.add(entry.key);
  const { rules, aggregationRule } = objectOf(entry) as { rules?: Rule[] | null; aggregationRule?: Aggregation };
  if (aggregationRule === undefined) return rules ?? [];
  const parts = store
    .range(prefixOf({ group: RBAC, resource: "clusterroles" }))
    .entries.filter((other) => isPart(aggregationRule, objectOf(other).metadata.labels));
  return [...(rules ?? []), ...parts.flatMap((part) => rulesIn(store, part, seen))];
};

interface Aggregation {
  readonly clusterRoleSelectors?: readonly LabelSelector[];
}

const isPart = ({ clusterRoleSelectors = [] }: Aggregation, labels: Readonly<Record<string, string>> = {}): boolean =>
  clusterRoleSelectors.some((selector) => matchesSelector(selector, labels));

const isSubject = (
  user: User,
  { kind, name, namespace }: NonNullable<Binding["subjects"]>[number],
  bindingNamespace: string,
): boolean => {
  if (kind === "User") return user.name === name;
  if (kind === "Group") return user.groups.includes(name);
  return user.name === `system:serviceaccount:${namespace ?? bindingNamespace}:${name}`;
};

const permits = (rule: Rule, wanted: Attributes): boolean => {
  const { verbs = [], apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  if (!has(verbs, wanted.verb)) return false;
  if (wanted.path !== undefined) return nonResourceURLs.some((pattern) => matchesPath(pattern, wanted.path ?? ""));
  const resource = wanted.subresource === undefined ? wanted.resource : `${wanted.resource}/${wanted.subresource}`;
  const isResource =
    has(resources, resource) || (wanted.subresource !== undefined && resources.includes(`*/${wanted.subresource}`));
  const isName = resourceNames.length === 0 || (wanted.name !== undefined && resourceNames.includes(wanted.name));
  return has(apiGroups, wanted.group) && isResource && isName;
};

const has = (list: readonly string[], value: string): boolean => list.includes("*") || list.includes(value);

const matchesPath = (pattern: string, path: string): boolean =>
  pattern === "*" || pattern === path || (pattern.endsWith("*") && path.startsWith(pattern.slice(0, -1)));
