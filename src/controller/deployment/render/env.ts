import { configurationName } from "../../../crds/names.ts";
import type { Entry, GroupValues } from "../configuration.ts";
import { dataKeyOf, variableOf } from "./data-key.ts";
import type { RenderInput } from "./input.ts";

export type EnvVar =
  { readonly name: string; readonly value: string } | { readonly name: string; readonly valueFrom: object };

/**
 * The environment of the container: values written in the resource, then for each group the plain and then the secret
 * keys. A name occurs once, since the API server refuses lists that repeat one: what is named by itself wins over what
 * comes with a whole group, and of two groups the later one wins.
 */
export const renderEnv = (input: RenderInput): EnvVar[] => {
  const named = new Map(written(input).map((variable) => [variable.name, variable]));
  const whole = new Map<string, EnvVar>();
  const ordered = new Set(named.keys());
  for (const group of input.groups) {
    for (const { variable, isNamed } of variablesOf(group, input)) {
      (isNamed ? named : whole).set(variable.name, variable);
      ordered.add(variable.name);
    }
  }
  return [...ordered].flatMap((name) => named.get(name) ?? whole.get(name) ?? []);
};

/** Whole Secrets of the data plane as variables. */
export const renderEnvFrom = ({ application }: RenderInput): object[] =>
  (application.envFrom ?? []).flatMap(({ secretRef }) =>
    secretRef === undefined ? [] : [{ secretRef: { name: secretRef.name } }],
  );

/** Whether a group has a secret that is used as a variable. */
export const hasSecretVariable = (group: GroupValues, input: RenderInput): boolean =>
  variablesOf(group, input).some(({ entry }) => entry.kind === "secret");

const written = ({ application }: RenderInput): EnvVar[] =>
  (application.env ?? []).flatMap(({ key, value, valueFrom }): EnvVar[] => {
    if (valueFrom?.configurationGroupRef !== undefined) return [];
    const { secretRef } = valueFrom ?? {};
    if (secretRef === undefined) return [{ name: key, value: value ?? "" }];
    return [{ name: key, valueFrom: { secretKeyRef: { name: secretRef.name, key: secretRef.key } } }];
  });

interface GroupVariable {
  readonly variable: EnvVar;
  readonly entry: Entry;
  /** It is named by itself, not one of all keys of the group. */
  readonly isNamed: boolean;
}

const variablesOf = (group: GroupValues, input: RenderInput): GroupVariable[] => {
  const { env = [], envFrom = [] } = input.application;
  const make = (name: string, entry: Entry, isNamed: boolean): GroupVariable => ({
    variable: { name, valueFrom: valueFrom(group, entry, input) },
    entry,
    isNamed,
  });
  const named = env.flatMap(({ key: name, valueFrom: from }) => {
    const ref = from?.configurationGroupRef;
    const entry = group.entries.find(({ key }) => ref?.name === group.ref && ref.key === key);
    return entry === undefined ? [] : [make(name, entry, true)];
  });
  const isWhole = envFrom.some(({ configurationGroupRef }) => configurationGroupRef?.name === group.ref);
  const whole = isWhole ? group.entries.map((entry) => make(variableOf(entry.key), entry, false)) : [];
  const all = [...named, ...whole];
  return [...all.filter(({ entry }) => entry.kind === "plain"), ...all.filter(({ entry }) => entry.kind === "secret")];
};

const valueFrom = (group: GroupValues, { key, kind }: Entry, { component, track }: RenderInput): object => {
  const source = { name: configurationName(component, track, group.object), key: dataKeyOf(key) };
  return kind === "plain" ? { configMapKeyRef: source } : { secretKeyRef: source };
};
