import { once } from "node:events";
import net from "node:net";

/** A TCP proxy of our own, between the controller and an API server, that does to connections what networks do. */
export interface FaultProxy {
  readonly port: number;
  /** Resets every connection, and for so long every new one. */
  cut(ms: number): Promise<void>;
  /** Lets every connection stand open without passing anything on, for so long; then they are reset, as a NAT would. */
  halfOpen(ms: number): Promise<void>;
  close(): Promise<void>;
}

export const startFaultProxy = async (targetPort: number): Promise<FaultProxy> => {
  const pairs = new Set<readonly [net.Socket, net.Socket]>();
  let refuses = false;
  let silent = false;
  const server = net.createServer((near) => {
    if (refuses) return void near.resetAndDestroy();
    const far = net.connect(targetPort, "127.0.0.1");
    const pair = [near, far] as const;
    pairs.add(pair);
    const end = (): void => {
      pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on("error", end).on("close", end);
      from.on("data", (chunk) => {
        if (!silent) to.write(chunk);
      });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const reset = (): void => {
    for (const [near, far] of pairs) {
      near.resetAndDestroy();
      far.resetAndDestroy();
    }
  };
  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  return {
    port: (server.address() as net.AddressInfo).port,
    cut: async (ms) => {
      refuses = true;
      reset();
      await pause(ms);
      refuses = false;
    },
    halfOpen: async (ms) => {
      silent = true;
      await pause(ms);
      silent = false;
      reset();
    },
    close: async () => {
      reset();
      server.close();
    },
  };
};
