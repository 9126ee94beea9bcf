import { systemClock } from "../../../lib/clock.ts";
import type { PodContext } from "./pod-context.ts";
import type { Container } from "./types.ts";

/** Pauses between looks: most programs listen within a second, some take a minute. */
const PAUSES_MS = [
  ...[30, 10, 10, 10, 10, 10, 10, 10, 20, 20, 20, 20, 50, 50, 100, 100, 200, 200, 300, 500, 500, 1000, 1000],
  ...[2000, 2000, 4000, 8000, 15_000, 30_000],
];

/** Whether it can be seen where a container listens, and it said that it would. */
export const tellsPorts = ({ node }: PodContext, container: Container): boolean =>
  node.isolation.addresses &&
  process.platform === "linux" &&
  (container.ports ?? []).some(({ protocol = "TCP" }) => protocol === "TCP");

export interface PortWatch {
  readonly container: Container;
  /** The value of PORT, when it is another one than the container's first port. */
  readonly given: number | undefined;
  readonly signal: AbortSignal;
  /** Asked instead of this machine, when it cannot tell. */
  readonly listens: ((port: number) => Promise<boolean>) | undefined;
  /** Told once for each of the container's ports, when it is open. */
  readonly onOpen: (containerPort: number) => void;
}

/** Looks where a container's program listens until it is known for each of its ports. */
export const watchPorts = async (
  context: PodContext,
  { container, given, signal, listens, onOpen }: PortWatch,
): Promise<void> => {
  if (!tellsPorts(context, container)) return;
  const { node, uid, podIP } = context;
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
      const state =
        listens === undefined
          ? await node.ports.settle({ uid, podIP, pids }, { containerPort, given: port })
          : (await listens(containerPort))
            ? "isolated"
            : "none";
      if (state === "none") continue;
      open.delete(containerPort);
      onOpen(containerPort);
      if (state !== "wildcard") continue;
      const text = `container ${container.name} listens on port ${containerPort} of all addresses: a second pod cannot have it; it is replaced stop-first`;
      context.say("Warning", "PortNotIsolated", text);
    }
  }
};
