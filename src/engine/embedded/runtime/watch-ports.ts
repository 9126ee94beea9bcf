import { systemClock } from "../../../lib/clock.ts";
import type { PodContext } from "./pod-context.ts";
import type { Container } from "./types.ts";

/** Pauses between looks: most programs listen within a second, some take a minute. */
const PAUSES_MS = [50, 50, 100, 100, 200, 200, 300, 500, 500, 1000, 1000, 2000, 2000, 4000, 8000, 15_000, 30_000];

/** Looks where a container's program listens until it is known for each of its ports. */
export const watchPorts = async (
  context: PodContext,
  container: Container,
  given: number | undefined,
  signal: AbortSignal,
): Promise<void> => {
  const { node, uid, podIP } = context;
  if (!node.isolation.addresses || process.platform !== "linux") return;
  const pids = (): Promise<readonly number[]> => node.table.marked(node.table.markerOf(uid, container.name));
  const [first, ...others] = (container.ports ?? []).filter(({ protocol = "TCP" }) => protocol === "TCP");
  const open = new Map([
    ...(first === undefined ? [] : [[first.containerPort, given] as const]),
    ...others.map(({ containerPort }) => [containerPort, undefined] as const),
  ]);
  for (const pause of PAUSES_MS) {
    if (open.size === 0) return;
    await systemClock.sleep(pause, signal);
    for (const [containerPort, port] of open) {
      const state = await node.ports.settle({ uid, podIP, pids }, { containerPort, given: port });
      if (state === "none") continue;
      open.delete(containerPort);
      if (state !== "wildcard") continue;
      const text = `container ${container.name} listens on port ${containerPort} of all addresses: a second pod cannot have it; it is replaced stop-first`;
      context.say("Warning", "PortNotIsolated", text);
    }
  }
};
