import type { KubeClient } from "../../../k8s/client.ts";
import type { AnyObject } from "../../../k8s/types.ts";
import { type Clock, systemClock } from "../../../lib/clock.ts";
import { linkAbort } from "../../../lib/deadline.ts";
import { messageOf } from "../../../lib/errors.ts";
import { manyListeners } from "../../../lib/many-listeners.ts";
import type { Controller, ControllerContext, Log } from "./context.ts";
import { createDeploymentController } from "./deployment/controller.ts";
import { createEventSource } from "./events.ts";
import { type Informers, createInformers } from "./informers.ts";
import { createCronJobController } from "./cron/controller.ts";
import { createEndpointsController } from "./endpoints/controller.ts";
import { createGarbageCollector } from "./gc/collector.ts";
import { type Monitors, createMonitors } from "./gc/monitors.ts";
import { createJobController } from "./job/controller.ts";
import type { Pod } from "./kinds.ts";
import { createNamespaceContentController } from "./namespace-content.ts";
import { createNamespaceController } from "./namespace.ts";
import { createNodeController } from "./node.ts";
import { createReplicaSetController } from "./replica-set.ts";
import { createScheduler } from "./scheduler.ts";

export interface ClusterControllerOptions {
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  readonly log: Log;
  /** Of the one node that all pods run on. */
  readonly nodeName: string;
  /** PEM of the certificate authority that pods trust the API server by. */
  readonly rootCA: string;
  /** PUT of a namespace on its `finalize` subresource. */
  readonly finalize: (namespace: AnyObject) => Promise<void>;
  /** Puts a pod on a node; by default with a POST of a Binding to the collection `bindings`. */
  readonly bind?: (pod: Pod, nodeName: string) => Promise<void>;
  /** Of this product, for the node to show. */
  readonly version?: string;
  /** Range of the pods' addresses, for the node to show. */
  readonly podCIDR?: string;
  /** Shared with others of the same cluster; they must outlive the controllers. */
  readonly informers?: Informers;
}

export interface ClusterControllers {
  /** Resolves when every controller has seen the whole cluster and works; rejects when they were stopped before. */
  readonly ready: Promise<void>;
  /** Ends them all and resolves when the last call is done. */
  stop(): Promise<void>;
}

/** Starts the controllers of a cluster. They need nothing but its API and go on where others of their kind stopped. */
export const startClusterControllers = (client: KubeClient, options: ClusterControllerOptions): ClusterControllers => {
  const { clock = systemClock, log } = options;
  const stopping = new AbortController();
  const unlink = linkAbort(options.signal, stopping);
  const signal = manyListeners(stopping.signal);
  const informers = options.informers ?? createInformers(client, signal);
  const events = createEventSource({ client, clock, log });
  const context: ControllerContext = { client, clock, signal, log, informers, events };
  const monitors = createMonitors(context);
  const controllers = createControllers(context, options, monitors);
  const seen = Promise.all([informers.synced(), monitors.synced]).then(() => signal.throwIfAborted());
  const watched = run({ name: "resource-monitors", run: () => monitors.run() }, context);
  const done = seen.then(() => Promise.all(controllers.map((controller) => run(controller, context))));
  const ended = done.then(
    () => undefined,
    () => undefined,
  );
  return {
    ready: seen,
    stop: async () => {
      stopping.abort(new Error("the controllers were stopped"));
      unlink();
      await Promise.all([ended, watched]);
      await events.flushed();
    },
  };
};

const createControllers = (
  context: ControllerContext,
  { nodeName, rootCA, finalize, bind, version = "0.0.0", podCIDR }: ClusterControllerOptions,
  monitors: Monitors,
): Controller[] => [
  createNamespaceContentController(context, { rootCA, monitors }),
  createNodeController(context, { nodeName, version, podCIDR }),
  createScheduler(context, { nodeName, ...(bind === undefined ? {} : { bind }) }),
  createDeploymentController(context),
  createReplicaSetController(context),
  createJobController(context),
  createCronJobController(context),
  createEndpointsController(context),
  createNamespaceController(context, { finalize }),
  createGarbageCollector(context, monitors),
];

const run = async (controller: Controller, { signal, log }: ControllerContext): Promise<void> => {
  try {
    await controller.run();
  } catch (error) {
    if (!signal.aborted) log("error", `${controller.name} ended: ${messageOf(error)}`);
  }
};
