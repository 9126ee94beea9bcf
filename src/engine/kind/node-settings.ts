import { createHash } from "node:crypto";
import type { ClusterSettings } from "../../plan/clusters.ts";
import type { NodeFile } from "./node-io.ts";

/** What the configuration decided of a node besides its cluster: recorded in its marker, compared by the plan. */
export interface NodeSettings {
  /** Hash of each file that was put into the node, by its path. */
  readonly files: Readonly<Record<string, string>>;
  /** Hash of the proxy variables, which kind writes once, when it makes the node. */
  readonly proxy: string;
  readonly cniFromAddon: boolean;
}

export const nodeSettings = (
  files: readonly NodeFile[],
  proxy: Readonly<Record<string, string>>,
  cniFromAddon: boolean,
): NodeSettings => ({
  files: Object.fromEntries(files.map(({ path, content }) => [path, hash(content)])),
  proxy: hash(JSON.stringify(proxy)),
  cniFromAddon,
});

/** The same in the terms of the plan, which knows no files. */
export const clusterSettings = ({ files, proxy, cniFromAddon }: NodeSettings): ClusterSettings => ({
  files: hash(JSON.stringify(Object.entries(files).toSorted(([a], [b]) => a.localeCompare(b)))),
  proxy,
  cniFromAddon,
});

const hash = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 16);
