import { createHash } from "node:crypto";
import type { AnyObject } from "../../../k8s/types.ts";
import { renderConfigMaps } from "./config-maps.ts";
import { renderCronJob } from "./cron-job.ts";
import { renderAutoscaler } from "./hpa.ts";
import { isTask, type RenderInput } from "./input.ts";
import { renderLocalSecrets } from "./local-secrets.ts";
import { renderNamespace } from "./namespace.ts";
import { renderNetworkPolicy } from "./network-policy.ts";
import { renderSecretProviderClasses } from "./secret-provider-class.ts";
import { renderService } from "./service.ts";
import { renderWorkload } from "./workload.ts";

/** The objects of one Deployment in its data plane, in the order in which they are needed. */
export interface Rendered {
  /** One per project and environment; shared and never deleted here. */
  readonly namespace: AnyObject;
  /** Shared like the namespace. */
  readonly policy: AnyObject;
  /** ConfigMaps, Secrets, Service: what pods and routes refer to. */
  readonly supports: readonly AnyObject[];
  /** The Deployment or CronJob. */
  readonly workload: AnyObject;
  /** What acts on the workload. */
  readonly followers: readonly AnyObject[];
}

/** Renders everything. The same input gives the same objects, byte by byte. */
export const render = (input: RenderInput): Rendered => {
  const configuration = [
    ...renderConfigMaps(input),
    ...renderLocalSecrets(input),
    ...renderSecretProviderClasses(input),
  ];
  const configHash = hashOf(configuration.map(({ metadata, data, spec }) => [metadata.name, data, spec]));
  return {
    namespace: renderNamespace(input.slot),
    policy: renderNetworkPolicy(input),
    supports: [...configuration, renderService(input)].filter((object) => object !== undefined),
    workload: isTask(input.type) ? renderCronJob(input, configHash) : renderWorkload(input, configHash),
    followers: [renderAutoscaler(input)].filter((object) => object !== undefined),
  };
};

/** Short: it only has to change when the data does, and everybody who may read pods sees it. */
const hashOf = (data: unknown): string => createHash("sha256").update(JSON.stringify(data)).digest("hex").slice(0, 10);
