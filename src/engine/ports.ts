import net from "node:net";
import type { Platform } from "../config/model.ts";
import { type Clock, systemClock } from "../lib/clock.ts";
import type { Finding } from "./engine.ts";

/** Only ports that the user fixed are checked here; others are chosen among the free ones. */
export const portFindings = async (platform: Platform, running: boolean): Promise<Finding[]> => {
  if (running) return [];
  const wanted = platform.planes.data.flatMap(({ name, gateway }, index) =>
    gateway.port === undefined ? [] : [{ name, index, port: gateway.port }],
  );
  const findings = await Promise.all(
    wanted.map(async ({ name, index, port }): Promise<Finding[]> => {
      if (await isFree(port)) return [{ id: `port-${port}`, level: "ok", message: `port ${port} is free` }];
      return [
        {
          id: `port-${port}`,
          level: "refuse",
          code: "E_PORT_TAKEN",
          message: `127.0.0.1:${port} is taken${await holderOf(port)}`,
          why: `the gateway of data plane ${name} needs it`,
          fix: `stop that process, or set planes.data[${index}].gateway.port; choreo-dev up --fix picks a free one and writes it down`,
          fixable: true,
        },
      ];
    }),
  );
  return findings.flat();
};

/** Whether a loopback port can be listened on now. */
export const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = net.createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });

const TRIES = 5;
const TRY_PAUSE_MS = 50;

/** As {@link isFree}, for a port that is one's own already: others who only try it have it for a moment. */
export const isFreeSoon = async (port: number, clock: Clock = systemClock): Promise<boolean> => {
  for (let tried = 1; tried < TRIES; tried++) {
    if (await isFree(port)) return true;
    await clock.sleep(TRY_PAUSE_MS);
  }
  return isFree(port);
};

/** ` by PROGRAM (pid N)`, where the system tells. */
export const holderOf = async (port: number): Promise<string> => {
  const { listenerOf } = await import("../lib/listener.ts");
  const holder = await listenerOf(port);
  return holder === undefined ? "" : ` by ${holder.command} (pid ${holder.pid})`;
};
