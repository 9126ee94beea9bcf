import type Docker from "dockerode";
import { execInNode } from "./node-io.ts";
import type { Node } from "./nodes.ts";

/** The last lines that tell why a node did not come up, read before it is removed. Never fails: evidence is a bonus. */
export const nodeEvidence = async (docker: Docker, node: Node): Promise<string[]> => {
  if (!node.running) return [];
  const journal = execInNode(docker, node.id, ["journalctl", "-u", "kubelet", "-n", "8", "--no-pager", "-o", "cat"]);
  const lines = await journal.then(
    ({ stdout }) => stdout.split("\n").filter((line) => line.trim() !== ""),
    () => [],
  );
  return lines.length === 0 ? [] : ["kubelet:", ...lines.map((line) => `  ${line.slice(0, 200)}`)];
};
