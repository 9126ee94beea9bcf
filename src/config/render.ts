import { isCollection, isMap, parseDocument, stringify } from "yaml";
import type { LoadedConfig } from "./load.ts";

/** The resolved configuration as YAML, each value with where it came from as a comment. */
export const renderResolved = ({ platform, sources }: LoadedConfig): string => {
  const { file, dir, ...rest } = platform;
  const document = parseDocument(stringify({ apiVersion: "choreo-dev/v1alpha1", kind: "Platform", ...rest }));
  document.commentBefore = ` ${file ?? `no file: defaults for ${dir}`}`;
  for (const [key, source] of sources)
    annotate(document, key.split("."), source === "file" || /^\d/.test(source) ? `${file ?? ""}:${source}` : source);
  return document.toString({ lineWidth: 0 });
};

const annotate = (document: ReturnType<typeof parseDocument>, path: string[], comment: string): void => {
  const node = document.getIn(path, true);
  if (node === undefined || node === null || typeof node !== "object") return;
  if (isCollection(node) && node.items.length > 0) {
    const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
    if (!isMap(parent)) return;
    const pair = parent.items.find((item) => String(item.key) === path.at(-1));
    if (pair !== undefined && typeof pair.key === "object" && pair.key !== null)
      (pair.key as { commentBefore?: string }).commentBefore = ` ${comment}`;
    return;
  }
  (node as { comment?: string }).comment = ` ${comment}`;
};
