/** What the path of a request names below `/api/v1` or `/apis/GROUP/VERSION`. */
export interface ResourcePath {
  readonly group: string;
  readonly version: string;
  readonly namespace: string | undefined;
  readonly resource: string;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
  /** `…/watch/…`, the old form of `?watch=1`. */
  readonly watch: boolean;
}

/** The decoded parts of a path, empty ones left out; undefined for one that no server has: dots, broken escapes. */
export const pathParts = (path: string): string[] | undefined => {
  const raw = path.split("/").filter(Boolean);
  try {
    const parts = raw.map(decodeURIComponent);
    return parts.some((part) => part === "." || part === ".." || /[/%\0]/.test(part)) ? undefined : parts;
  } catch {
    return undefined;
  }
};

/** The resource that a path names; undefined where it is none of these paths. Whether there is one is not looked at. */
export const resourcePath = (parts: readonly string[]): ResourcePath | undefined => {
  const [root, ...rest] = parts;
  if (root === "api") {
    const [version, ...below] = rest;
    return version === undefined ? undefined : belowVersion({ group: "", version }, below);
  }
  if (root !== "apis") return undefined;
  const [group, version, ...below] = rest;
  return group === undefined || version === undefined ? undefined : belowVersion({ group, version }, below);
};

const belowVersion = (
  at: { readonly group: string; readonly version: string },
  below: readonly string[],
): ResourcePath | undefined => {
  if (below[0] === "watch") {
    const named = belowVersion(at, below.slice(1));
    return named === undefined ? undefined : { ...named, watch: true };
  }
  const [first, second, third, ...rest] = below;
  if (first === undefined) return undefined;
  // `namespaces/x/status` and `/finalize` are of the namespace itself, `namespaces/x/pods` of what is in it.
  const isNamespaceItself = third === undefined || third === "status" || third === "finalize";
  if (first !== "namespaces" || isNamespaceItself) {
    if (rest.length > 0) return subresourcePath({ ...at, namespace: undefined }, [first, second, third, ...rest]);
    return { ...at, namespace: undefined, resource: first, name: second, subresource: third, watch: false };
  }
  return subresourcePath({ ...at, namespace: second }, [third, ...rest]);
};

const subresourcePath = (
  at: Pick<ResourcePath, "group" | "version" | "namespace">,
  [resource, name, ...subresource]: readonly (string | undefined)[],
): ResourcePath | undefined => {
  if (resource === undefined) return undefined;
  const below = subresource.filter((part) => part !== undefined);
  return { ...at, resource, name, subresource: below.length === 0 ? undefined : below.join("/"), watch: false };
};
