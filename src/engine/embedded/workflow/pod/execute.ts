import { isKubeError } from "../../../../k8s/errors.ts";
import type { Bound } from "../execute.ts";
import { type Run, setPhase } from "../run.ts";
import { type Node, type Template } from "../types.ts";
import { podNameOf } from "./find.ts";
import { buildPod, unsupported } from "./build.ts";

const UNSUPPORTED = ["daemon", "synchronization", "memoize", "podSpecPatch"] as const;

/** Makes the pod of a template; what becomes of it is up to assess.ts. */
export const executePod = async (run: Run, bound: Bound): Promise<Node> => {
  refuse(bound.template);
  const node = bound.node("Pod", "Pending");
  const name = podNameOf(run, node);
  try {
    await run.startPod(buildPod(run, bound, node, name));
  } catch (error) {
    // A pod that the server does not want stays unwanted; all else may pass.
    if (!isKubeError(error, 400, 403, 422)) throw error;
    return setPhase(run, node, "Error", error.message);
  }
  return node;
};

const refuse = (template: Template): void => {
  const found = UNSUPPORTED.find((field) => template[field] !== undefined && template[field] !== false);
  if (found !== undefined) throw unsupported(template, found);
  const artifact =
    template.outputs?.artifacts?.[0] ??
    template.inputs?.artifacts?.find(({ raw, optional }) => raw === undefined && optional !== true);
  if (artifact !== undefined) throw unsupported(template, `artifact ${artifact.name} (other than raw ones for inputs)`);
};
