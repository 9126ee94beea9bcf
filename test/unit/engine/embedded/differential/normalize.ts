/** Transcripts as they are compared: without the prose of column headings, and without numbers that stand in sentences. */
export const comparable = (value: unknown): unknown => {
  if (typeof value === "string")
    return value
      .replace(/^\d+[smh](\d+[sm])?$/, "AGE")
      .replaceAll(/current: \d+/g, "current: N")
      .replaceAll(/in (the precondition|record) \(\d+\)/g, "in $1 (N)")
      .replaceAll(/(\\"resourceVersion\\":\\")\d+/g, "$1N");
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== "object" || value === null) return value;
  const isColumn = "priority" in value && "format" in value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, one]) => {
      if (isColumn && key === "description") return [];
      return [[key, key === "managedFields" && Array.isArray(one) ? byOwner(one.map(comparable)) : comparable(one)]];
    }),
  );
};

/** Servers sort them by the second of the write first: whether two writes were in the same one is chance. */
const byOwner = (entries: readonly unknown[]): unknown[] => {
  const key = (entry: unknown): string => {
    const { operation, manager, apiVersion, subresource } = entry as Readonly<Record<string, string | undefined>>;
    return [operation, manager, apiVersion, subresource ?? ""].join("\0");
  };
  return entries.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
};

/** What one step was answered, as it goes into a transcript. */
export interface Answer {
  readonly status?: number;
  readonly type?: string;
  readonly warning?: string;
  readonly body?: unknown;
  readonly events?: readonly unknown[];
}

const UID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g;
/** The volume of a service account's token: five letters at random. */
const ACCESS = /\bkube-api-access-[a-z0-9]{5}\b/g;
const TIME = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z\b/g;
const ADDRESS = /\b(?:10|127)\.\d{1,3}\.\d{1,3}\.\d{1,3}\b/g;

/**
 * Takes out of the answers of a case what is different each time, and keeps what relates them: uids by their first
 * appearance, resource versions by their order. Keys are sorted.
 */
export const normalize = (answers: readonly Answer[], namespace: string): unknown => {
  const versions = new Set<number>();
  visit(answers, (key, value) => {
    if ((key === "resourceVersion" || key === "rv") && /^\d+$/.test(String(value)) && Number(value) > 0)
      versions.add(Number(value));
  });
  const ranks = new Map(
    [...versions].sort((a, b) => a - b).map((version, index) => [String(version), `rv-${index + 1}`]),
  );
  const uids = new Map<string, string>();
  const generated = new Map<string, string>();
  visit(answers, (key, value, parent) => {
    const { generateName } = parent as { generateName?: string };
    if (key === "name" && typeof value === "string" && generateName !== undefined && value.startsWith(generateName))
      generated.set(value, `${generateName}*`);
  });
  const text = (value: string): string => {
    let out = value.replaceAll(namespace, "NS");
    for (const [name, plain] of generated) out = out.replaceAll(name, plain);
    out = out.replaceAll(UID, (uid) => {
      const found = uids.get(uid) ?? `uid-${uids.size + 1}`;
      uids.set(uid, found);
      return found;
    });
    return out.replaceAll(ACCESS, "kube-api-access-*").replaceAll(TIME, "TIME").replaceAll(ADDRESS, "ADDRESS");
  };
  const clean = (value: unknown, key: string): unknown => {
    if (key === "continue" && typeof value === "string" && value !== "") return "TOKEN";
    if (key === "resourceVersion" && ranks.has(String(value))) return ranks.get(String(value));
    if (key === "token" && typeof value === "string" && value.split(".").length === 3) return "JWT";
    if (key === "nodePort" && typeof value === "number") return "NODEPORT";
    if (typeof value === "string") return text(value);
    if (Array.isArray(value)) return value.map((one) => clean(one, ""));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .map(([name, one]): [string, unknown] => [text(name), clean(one, name)])
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  };
  return clean(answers, "");
};

const visit = (value: unknown, see: (key: string, value: unknown, parent: object) => void): void => {
  if (Array.isArray(value)) for (const one of value) visit(one, see);
  else if (typeof value === "object" && value !== null)
    for (const [key, one] of Object.entries(value)) {
      see(key, one, value);
      visit(one, see);
    }
};
