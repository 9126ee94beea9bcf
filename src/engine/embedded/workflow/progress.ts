import type { Node, NodeType } from "./types.ts";

type Share = readonly [done: number, of: number];

const isLeaf = (type: NodeType): boolean => type === "Pod" || type === "Suspend";

/** Sets the progress of every node and returns that of the workflow, as `DONE/ALL`. */
export const setProgress = (nodes: ReadonlyMap<string, Node>): string => {
  const leaves = [...nodes.values()].filter(({ type }) => isLeaf(type));
  for (const node of leaves) node.progress = node.phase === "Succeeded" ? "1/1" : "0/1";
  for (const node of nodes.values()) {
    if (isLeaf(node.type)) continue;
    const share = below(nodes, node, new Set());
    if (share[1] > 0) node.progress = textOf(share);
  }
  return textOf(leaves.map(shareOf).reduce(sum, [0, 0]));
};

/** Of all that hangs below a node; what two of its children share counts once. */
const below = (nodes: ReadonlyMap<string, Node>, node: Node, visited: Set<string>): Share => {
  let total: Share = [0, 0];
  for (const id of node.children ?? []) {
    const child = nodes.get(id);
    if (child === undefined || visited.has(id)) continue;
    visited.add(id);
    total = sum(total, below(nodes, child, visited));
    if (isLeaf(child.type)) total = sum(total, shareOf(child));
  }
  return total;
};

const shareOf = ({ phase }: Node): Share => [phase === "Succeeded" ? 1 : 0, 1];

const sum = (a: Share, b: Share): Share => [a[0] + b[0], a[1] + b[1]];

const textOf = ([done, of]: Share): string => `${done}/${of}`;
