import type { Kubelet, PodKey } from "../api/kubelet.ts";
import { StatusError, badRequest } from "../api/status.ts";
import { execIn } from "./exec.ts";
import { readLog } from "./logs/read-log.ts";
import type { NodeContext } from "./node.ts";
import type { PodWorker } from "./worker.ts";

/** What the API server asks of this node. */
export const createKubelet = (node: NodeContext, find: (key: PodKey) => PodWorker | undefined): Kubelet => {
  const workerOf = (key: PodKey): PodWorker => {
    const worker = find(key);
    if (worker !== undefined) return worker;
    throw badRequest(`pod ${key.name} does not have a host assigned`);
  };
  return {
    logs: async (key, options, signal) => {
      const worker = workerOf(key);
      const { container, previous } = options;
      const record = worker.record(container);
      const number = (record?.restarts ?? 0) - (previous ? 1 : 0);
      const found = number < 0 ? undefined : await node.logs.find(worker.uid, container, number);
      if (found !== undefined) return readLog({ ...found, query: options, nowMs: node.clock.now(), signal });
      if (previous)
        throw badRequest(
          `previous terminated container ${JSON.stringify(container)} in pod ${JSON.stringify(key.name)} not found`,
        );
      const { reason } = record?.state.waiting ?? { reason: "ContainerCreating" };
      throw badRequest(
        `container ${JSON.stringify(container)} in pod ${JSON.stringify(key.name)} is waiting to start: ${reason === "ContainerCreating" ? reason : `trying and failing (${reason})`}`,
      );
    },
    exec: async (key, options) => {
      const worker = workerOf(key);
      const attempt = worker.record(options.container)?.attempt;
      if (attempt !== undefined) return execIn(node, attempt, options);
      const { phase = "Pending" } = worker.pod().status ?? {};
      if (phase === "Succeeded" || phase === "Failed")
        throw badRequest(`cannot exec into a container in a completed pod; current phase is ${phase}`);
      throw new StatusError(
        "InternalError",
        `unable to upgrade connection: container not found (${JSON.stringify(options.container)})`,
      );
    },
    dial: async (key, port) => {
      const { uid, podIP } = workerOf(key);
      const pids = (): Promise<readonly number[]> => node.table.marked(`${node.table.id}:${uid}:`);
      return node.ports.dial({ uid, podIP, pids }, port);
    },
  };
};
