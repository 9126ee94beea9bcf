import type { Deployment } from "../../crds/types.ts";
import { refOf } from "../../controller/conditions.ts";
import type { RegistryClient } from "../../docker/registry-client.ts";
import type { KubeClient } from "../../k8s/client.ts";
import { ChoreoError } from "../../lib/errors.ts";
import type { Classification } from "../classify.ts";
import { type DigestCache, digestCache } from "../watch/digest-cache.ts";
import { digestTree } from "../watch/digest-tree.ts";
import { ignoreRules } from "../watch/ignore-rules.ts";
import type { Outcome } from "./outcome.ts";
import { rebuild } from "./rebuild.ts";
import { restartFromFolder, SOURCE } from "./restart.ts";
import type { SessionOptions } from "./session.ts";
import type { DevTarget } from "./targets.ts";

export interface DeployerOptions {
  readonly control: KubeClient;
  readonly plane: (name: string) => Promise<KubeClient>;
  /** Undefined: the pods are processes that run from the folders, and there are no images. */
  readonly registry: RegistryClient | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const nothing = (message: string): Outcome => ({ path: "nothing", state: "ready", phases: [], message });

/** How a change gets to where a component runs: by a restart from its folder, or through the build plane. */
export const createDeployer = (options: DeployerOptions): SessionOptions["deploy"] => {
  const cache = digestCache();
  return async (target, decision) => {
    if (decision?.action === "ignore") return nothing(decision.changes[0]?.reason ?? "it is not part of what runs");
    if (decision?.action === "apply") return nothing("manifests are applied by choreo-dev apply");
    if (options.registry !== undefined) return rebuild({ ...options, target });
    return restart(target, decision, { options, cache });
  };
};

const restart = async (
  target: DevTarget,
  decision: Classification | undefined,
  { options, cache }: { readonly options: DeployerOptions; readonly cache: DigestCache },
): Promise<Outcome> => {
  const { control, signal, timeoutMs } = options;
  const { folder, name } = target;
  if (target.deployment === undefined)
    throw new ChoreoError("E_NOT_FOUND", `${name} is not deployed to ${target.environment}`, {
      fix: "apply a DeployableArtifact and a Deployment for it",
    });
  if (decision?.action === "sync" && !decision.restart) return nothing("served from the folder");
  const { digest } = await digestTree({ folder, rules: ignoreRules(folder), cache, signal });
  const deployment = await control.get<Deployment>(refOf(target.deployment), { signal });
  if (deployment === undefined) throw new ChoreoError("E_NOT_FOUND", `The Deployment of ${name} was deleted`);
  if (decision === undefined && deployment.metadata.annotations?.[SOURCE] === digest) return nothing("it runs already");
  const plane = await options.plane(target.dataPlane);
  return restartFromFolder({ ...{ control, plane, deployment, folder, digest, timeoutMs, signal } });
};
