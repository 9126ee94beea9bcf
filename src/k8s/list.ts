import { type Api, limitsOf } from "./api.ts";
import type { ListOptions } from "./client.ts";
import { isKubeError } from "./errors.ts";
import type { KubeList, KubeObject, TypeRef } from "./types.ts";

const PAGE = 500;

interface Page<T> {
  readonly items: readonly T[] | null;
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
}

/** All objects of a kind, as they were at one moment; in pages, so that neither side holds a large answer at once. */
export const listAll = async <T extends KubeObject>(
  api: Api,
  type: TypeRef,
  options: ListOptions,
): Promise<KubeList<T>> => {
  const path = await api.discovery.collection(type, options.namespace, options);
  try {
    return await readPages(api, { path, type, limit: PAGE }, options);
  } catch (error) {
    // It took longer than the server keeps its past, so the later pages are gone.
    if (!isKubeError(error, 410)) throw error;
    return readPages(api, { path, type, limit: undefined }, options);
  }
};

const readPages = async <T extends KubeObject>(
  api: Api,
  { path, type, limit }: { readonly path: string; readonly type: TypeRef; readonly limit: number | undefined },
  options: ListOptions,
): Promise<KubeList<T>> => {
  const items: T[] = [];
  const query = selectorsOf(options);
  if (limit !== undefined) query.set("limit", String(limit));
  for (;;) {
    const page = await api.json<Page<T>>({ method: "GET", path: `${path}?${query}`, ...limitsOf(options) });
    // Items of a list do not repeat their type.
    for (const item of page.items ?? []) items.push({ ...item, apiVersion: type.apiVersion, kind: type.kind });
    const { continue: next = "", resourceVersion } = page.metadata;
    if (next === "") return { items, resourceVersion };
    query.set("continue", next);
  }
};

/** The query that narrows a list, a watch or a deletion to what was asked for. */
export const selectorsOf = ({ labelSelector, fieldSelector }: ListOptions): URLSearchParams =>
  new URLSearchParams({
    ...(labelSelector === undefined ? {} : { labelSelector }),
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
  });
