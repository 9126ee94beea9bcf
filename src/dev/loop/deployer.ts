import type { RegistryClient } from "../../docker/registry-client.ts";
import type { KubeClient } from "../../k8s/client.ts";
import type { Classification } from "../classify.ts";
import { type DigestCache, digestCache } from "../watch/digest-cache.ts";
import { digestTree } from "../watch/digest-tree.ts";
import { ignoreRules } from "../watch/ignore-rules.ts";
import type { Outcome } from "./outcome.ts";
import { findDeployment, rebuild } from "./rebuild.ts";
import { restartFromFolder, SOURCE } from "./restart.ts";
import type { SessionOptions } from "./session.ts";
import type { DevTarget } from "./targets.ts";

export interface DeployerOptions {
  readonly control: KubeClient;
  readonly plane: (name: string) => Promise<KubeClient>;
  /** Undefined: the pods are processes that run from the folders, and there are no images. */
  readonly registry: RegistryClient | undefined;
  /** Folder of the platform's builds. */
  readonly builds: string;
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
  const { folder } = target;
  const deployment = await findDeployment(control, target, signal);
  // Nothing says how it is run yet: a build reads that from the folder.
  if (deployment === undefined) return rebuild({ ...options, target });
  if (decision?.action === "sync" && !decision.restart) return nothing("served from the folder");
  const { digest } = await digestTree({ folder, rules: ignoreRules(folder), cache, signal });
  if (decision === undefined && deployment.metadata.annotations?.[SOURCE] === digest) return nothing("it runs already");
  const plane = await options.plane(target.dataPlane);
  return restartFromFolder({ ...{ control, plane, deployment, folder, digest, timeoutMs, signal } });
};
