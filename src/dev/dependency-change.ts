/** Fields of a package.json that decide what an install puts into an image. */
const LISTS = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"] as const;
const SETTINGS = [
  ...["bundleDependencies", "bundledDependencies", "overrides", "resolutions", "pnpm", "workspaces", "packageManager"],
  ...["engines", "os", "cpu", "peerDependenciesMeta", "dependenciesMeta", "trustedDependencies", "allowScripts"],
] as const;
/** Scripts that npm runs on an install, and the one that images call to build. */
const INSTALL_SCRIPTS = ["preinstall", "install", "postinstall", "prepare", "prebuild", "build", "postbuild"] as const;

/**
 * What of a package.json makes an image other than before, in words; undefined when nothing does: its version, its
 * description or how it is started take effect as soon as the file is there.
 */
export const packageChange = (before: string | undefined, after: string | undefined): string | undefined => {
  if (before === undefined || after === undefined) return "its dependencies may have changed";
  const [old, now] = [parsed(before), parsed(after)];
  if (old === undefined || now === undefined) return "it is not a valid package.json";
  for (const list of LISTS) {
    const names = changedNames(recordIn(old, list), recordIn(now, list));
    if (names.length > 0)
      return `${list} changed: ${names.slice(0, 3).join(", ")}${names.length > 3 ? " and more" : ""}`;
  }
  const setting = SETTINGS.find((field) => !isSame(old.get(field), now.get(field)));
  if (setting !== undefined) return `${setting} changed`;
  const [script] = changedNames(recordIn(old, "scripts"), recordIn(now, "scripts"), INSTALL_SCRIPTS);
  return script === undefined ? undefined : `the script ${script} changed`;
};

type Fields = ReadonlyMap<string, unknown>;

const parsed = (text: string): Fields | undefined => {
  try {
    return fieldsOf(JSON.parse(text.replace(/^\uFEFF/, "")));
  } catch {
    return undefined;
  }
};

const fieldsOf = (value: unknown): Fields | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? new Map(Object.entries(value)) : undefined;

const recordIn = (fields: Fields, name: string): Fields => fieldsOf(fields.get(name)) ?? new Map();

const changedNames = (before: Fields, after: Fields, names?: readonly string[]): string[] =>
  [...new Set(names ?? [...before.keys(), ...after.keys()])]
    .filter((name) => !isSame(before.get(name), after.get(name)))
    .sort();

/** The order of fields does not count. */
const isSame = (one: unknown, other: unknown): boolean => canonical(one) === canonical(other);

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) => {
    const fields = fieldsOf(inner);
    return fields === undefined ? inner : [...fields].sort(([a], [b]) => (a < b ? -1 : 1));
  }) ?? "";
