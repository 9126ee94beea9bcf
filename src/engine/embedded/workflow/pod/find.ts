import type { AnyObject } from "../../../../k8s/types.ts";
import type { Run } from "../run.ts";
import type { Node } from "../types.ts";
import { ANNOTATIONS } from "./marks.ts";

export const podOf = (run: Run, node: Node): AnyObject | undefined =>
  [...run.pods.values()].find(({ metadata }) => metadata.annotations?.[ANNOTATIONS.nodeId] === node.id);
