import type { Application } from "../../crds/types.ts";

/**
 * The application as it runs in one environment. Scalars and maps of the override win field by field; variables and
 * files with the same name are replaced, others added; arguments and each probe are replaced as a whole.
 */
export const mergeApplication = (base: Application = {}, override: Application = {}): Application => {
  const merged = mergeFields(base, override);
  const env = mergeBy(base.env, override.env, ({ key }) => key);
  const envFrom = mergeBy(base.envFrom, override.envFrom, sourceOf);
  const fileMounts = mergeBy(base.fileMounts, override.fileMounts, ({ mountPath }) => mountPath);
  const fileMountsFrom = mergeBy(base.fileMountsFrom, override.fileMountsFrom, sourceOf);
  // Fields of two probes must not mix: a probe has one action.
  const probes = (base.probes ?? override.probes) && { ...base.probes, ...override.probes };
  return {
    ...merged,
    ...(probes && { probes }),
    ...(env && { env }),
    ...(envFrom && { envFrom }),
    ...(fileMounts && { fileMounts }),
    ...(fileMountsFrom && { fileMountsFrom }),
  };
};

const mergeFields = <T extends object>(base: T, override: T): T => {
  const merged: Record<string, unknown> = { ...(base as object) };
  for (const [field, value] of Object.entries(override)) {
    const before = merged[field];
    merged[field] = isMap(before) && isMap(value) ? mergeFields(before, value) : (value ?? before);
  }
  return merged as T;
};

const mergeBy = <T>(
  base: readonly T[] | undefined,
  override: readonly T[] | undefined,
  nameOf: (item: T) => string,
): T[] | undefined => {
  if (base === undefined && override === undefined) return undefined;
  return [...new Map([...(base ?? []), ...(override ?? [])].map((item) => [nameOf(item), item])).values()];
};

interface Source {
  readonly configurationGroupRef?: { readonly name: string; readonly mountPath?: string };
  readonly secretRef?: { readonly name: string; readonly mountPath?: string };
}

const sourceOf = ({ configurationGroupRef, secretRef }: Source): string => {
  const ref = configurationGroupRef ?? secretRef;
  const kind = configurationGroupRef === undefined ? "secret" : "group";
  return JSON.stringify([kind, ref?.name, ref?.mountPath]);
};

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
