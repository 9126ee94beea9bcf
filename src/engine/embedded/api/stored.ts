import type { AnyObject } from "../../../k8s/types.ts";
import type { Change, Entry } from "../store/store.ts";
import type { ResourceType } from "./resource-type.ts";

/** Prefix of the keys of a resource, in one namespace or in all. */
export const prefixOf = ({ group, resource }: Pick<ResourceType, "group" | "resource">, namespace?: string): string =>
  namespace === undefined ? `${group}/${resource}/` : `${group}/${resource}/${namespace}/`;

export const keyOf = (
  type: Pick<ResourceType, "group" | "resource">,
  namespace: string | undefined,
  name: string,
): string => `${prefixOf(type, namespace ?? "")}${name}`;

/** The object of an entry; a new one at each call, so that it may be changed. */
export const objectOf = ({ value }: Pick<Entry, "value">): AnyObject => JSON.parse(value) as AnyObject;

/** Text of an object as the store keeps it: kind and apiVersion first, see {@link withoutType}. */
export const textOf = (object: AnyObject, revision: number): string => {
  const { kind, apiVersion, metadata, ...rest } = object;
  return JSON.stringify({ kind, apiVersion, metadata: { ...metadata, resourceVersion: String(revision) }, ...rest });
};

/** The text without its kind and apiVersion, as elements of a list of built-in objects come. */
export const withoutType = (text: string, { kind, apiVersion }: { kind: string; apiVersion: string }): string => {
  const head = `{"kind":${JSON.stringify(kind)},"apiVersion":${JSON.stringify(apiVersion)},`;
  return text.startsWith(head) ? `{${text.slice(head.length)}` : text;
};

/** A change whose deletion is told with an entry of its own: watchers of it see the revision of the deletion. */
export const lastEntryOf = ({ key, last, revision, previous }: Change): Entry | undefined =>
  last === undefined ? previous : { key, value: last, revision };

export const apiVersionOf = ({ group, version }: Pick<ResourceType, "group" | "version">): string =>
  group === "" ? version : `${group}/${version}`;
