/** 32 bit FNV-1a of the UTF-8 bytes, unsigned. */
export const fnv32a = (text: string): number => {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
};

/** Id of a node: the workflow's name for its root, else that name and a hash of the node's. */
export const nodeId = (workflow: string, node: string): string =>
  node === workflow ? node : `${workflow}-${fnv32a(node)}`;

const LONGEST_NAME = 253;
const HASH_LENGTH = 10;

/** Name of the pod of a node. */
export const podName = (workflow: string, node: string, template: string): string => {
  if (node === workflow) return workflow;
  const isInline = node.includes(".inline");
  const prefix = isInline ? workflow : `${workflow}-${template}`;
  return `${prefix.slice(0, LONGEST_NAME - HASH_LENGTH - 1)}-${fnv32a(node)}`;
};
