import type { Application, ConfigurationGroup } from "../../crds/types.ts";

/** One key of a group as it is in one environment. */
export type Entry =
  | { readonly key: string; readonly kind: "plain"; readonly value: string }
  | { readonly key: string; readonly kind: "secret"; readonly vaultKey: string };

/** A ConfigurationGroup as one workload in one environment sees it. */
export interface GroupValues {
  /** Name by which the application refers to it. */
  readonly ref: string;
  /** Its object name. */
  readonly object: string;
  /** All plain values, and the secrets that the application uses. */
  readonly entries: readonly Entry[];
  /** Keys that the application uses and that have no value in this environment. */
  readonly missing: readonly string[];
}

/** Names of the groups that an application uses, in the order in which they appear. */
export const referencedGroups = (application: Application): string[] => [
  ...new Set(references(application).map(({ group }) => group)),
];

/** What a group means in an environment (a name label), as far as the application uses it. */
export const resolveGroup = (
  group: ConfigurationGroup,
  use: { readonly ref: string; readonly application: Application; readonly environment: string },
): GroupValues => {
  const { ref, application, environment } = use;
  const isUsed = usedKeys(application, ref);
  const entries: Entry[] = [];
  for (const configuration of group.spec.configurations) {
    const entry = selectValue(group, configuration, environment);
    if (entry !== undefined && (entry.kind === "plain" || isUsed(entry.key))) entries.push(entry);
  }
  const known = new Set(entries.map(({ key }) => key));
  const asked = [
    ...group.spec.configurations.map(({ key }) => key).filter(isUsed),
    ...references(application).flatMap(({ group: name, key }) => (name === ref && key !== undefined ? [key] : [])),
  ];
  const missing = [...new Set(asked)].filter((key) => !known.has(key));
  return { ref, object: group.metadata.name, entries, missing };
};

type Configuration = ConfigurationGroup["spec"]["configurations"][number];

/** The first value that holds in the environment decides, even when it is empty. */
const selectValue = (
  group: ConfigurationGroup,
  { key, values }: Configuration,
  environment: string,
): Entry | undefined => {
  const sets = (group.spec.environmentGroups ?? []).filter(({ environments }) => environments.includes(environment));
  const names = new Set(sets.map(({ name }) => name));
  const found = values.find(
    (one) =>
      one.environment === environment || (one.environmentGroupRef !== undefined && names.has(one.environmentGroupRef)),
  );
  if (found?.value !== undefined && found.value !== "") return { key, kind: "plain", value: found.value };
  if (found?.vaultKey !== undefined && found.vaultKey !== "") return { key, kind: "secret", vaultKey: found.vaultKey };
  return undefined;
};

interface Reference {
  readonly group: string;
  /** Undefined: every key. */
  readonly key: string | undefined;
}

const references = ({ env, envFrom, fileMounts, fileMountsFrom }: Application): Reference[] => {
  const single = [...(env ?? []), ...(fileMounts ?? [])].map(({ valueFrom }) => valueFrom?.configurationGroupRef);
  const whole = [...(envFrom ?? []), ...(fileMountsFrom ?? [])].map(
    ({ configurationGroupRef }) => configurationGroupRef,
  );
  return [
    ...single.flatMap((ref) => (ref === undefined ? [] : [{ group: ref.name, key: ref.key }])),
    ...whole.flatMap((ref) => (ref === undefined ? [] : [{ group: ref.name, key: undefined }])),
  ];
};

const usedKeys = (application: Application, ref: string): ((key: string) => boolean) => {
  const used = references(application).filter(({ group }) => group === ref);
  const keys = new Set(used.map(({ key }) => key));
  return (key) => keys.has(undefined) || keys.has(key);
};
