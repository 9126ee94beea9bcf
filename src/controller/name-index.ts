import { LABELS } from "../crds/labels.ts";
import type { AnyObject } from "../k8s/types.ts";

/** Finds objects by a name that others may call them by, their name label or their object name, without a look at all. */
export interface NameIndex {
  /** Takes over a change; undefined where the object was not there, or is no more. */
  replace(before: AnyObject | undefined, after: AnyObject | undefined): void;
  /** Those of one component, where that is known: every track of the platform may be called "main". */
  find(name: string, component?: string): Iterable<AnyObject>;
}

export const createNameIndex = (): NameIndex => {
  const index = new Map<string, Map<string, AnyObject>>();
  const drop = (object: AnyObject): void => {
    for (const key of keysOf(object)) {
      const known = index.get(key);
      known?.delete(idOf(object));
      if (known?.size === 0) index.delete(key);
    }
  };
  const add = (object: AnyObject): void => {
    for (const key of keysOf(object)) {
      const known = index.get(key) ?? new Map<string, AnyObject>();
      index.set(key, known.set(idOf(object), object));
    }
  };
  return {
    replace: (before, after) => {
      if (before !== undefined) drop(before);
      if (after !== undefined) add(after);
    },
    find: (name, component) => index.get(keyOf(name, component))?.values() ?? [],
  };
};

const keysOf = ({ metadata: { name, labels = {} } }: AnyObject): string[] => {
  const component = labels[LABELS.component];
  return [name, labels[LABELS.name] || name].flatMap((one) => [
    keyOf(one, undefined),
    ...(component === undefined ? [] : [keyOf(one, component)]),
  ]);
};

const keyOf = (name: string, component: string | undefined): string =>
  component === undefined ? name : `${component}/${name}`;

const idOf = ({ metadata }: AnyObject): string => `${metadata.namespace ?? ""}/${metadata.name}`;
