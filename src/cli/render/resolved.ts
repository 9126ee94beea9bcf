import path from "node:path";
import { Document, isScalar, visit } from "yaml";
import type { LoadedConfig } from "../../config/load.ts";

/** The configuration as YAML with every default filled in, and behind each value where it came from. */
export const renderResolved = ({ platform, sources }: LoadedConfig): string => {
  const document = new Document(platform, { aliasDuplicateObjects: false });
  visit(document, {
    Pair: (_, pair, ancestors) => {
      const key = pathOf([...ancestors, pair]);
      const source = sources.get(key);
      if (source !== undefined && isScalar(pair.value)) pair.value.comment = ` ${sourceText(source, platform.file)}`;
      else if (source !== undefined && isScalar(pair.key))
        pair.key.commentBefore = ` ${key}: ${sourceText(source, platform.file)}`;
    },
  });
  return document.toString({ lineWidth: 0 });
};

const sourceText = (source: string, file: string | undefined): string =>
  /^\d+:\d+$/.test(source) ? `${path.basename(file ?? "")}:${source}` : source;

/** `planes.data[0].name`, as the sources are keyed. */
const pathOf = (ancestors: readonly unknown[]): string => {
  let key = "";
  for (const [index, node] of ancestors.entries()) {
    const parent = ancestors[index - 1] as { items?: readonly unknown[] } | undefined;
    if (isPair(node)) key += `${key === "" ? "" : "."}${String((node.key as { value?: unknown } | null)?.value ?? "")}`;
    else if (index > 1 && parent?.items !== undefined) key += `[${parent.items.indexOf(node)}]`;
  }
  return key;
};

const isPair = (node: unknown): node is { readonly key: unknown } =>
  typeof node === "object" && node !== null && "key" in node;
