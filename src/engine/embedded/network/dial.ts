import net from "node:net";
import type { Duplex } from "node:stream";

const TIMEOUT_MS = 5000;

/** A TCP connection, half-open use allowed. Rejects with the system's error, `ETIMEDOUT` after 5 s. */
export const dialTcp = ({ address, port }: { readonly address: string; readonly port: number }): Promise<Duplex> =>
  new Promise((resolve, reject) => {
    const socket = net.connect({ host: address, port, allowHalfOpen: true, noDelay: true });
    const timer = setTimeout(() => {
      socket.destroy(Object.assign(new Error(`connect ETIMEDOUT ${address}:${port}`), { code: "ETIMEDOUT" }));
    }, TIMEOUT_MS);
    socket.once("error", reject);
    socket.once("close", () => clearTimeout(timer));
    socket.once("connect", () => {
      clearTimeout(timer);
      socket.off("error", reject);
      resolve(socket);
    });
  });

const NO_ENDPOINTS = "ENOENDPOINTS";

/** The error of a dial to a service that has no endpoint to serve it. */
export const noEndpoints = (service: string): Error =>
  Object.assign(new Error(`service ${service} has no ready endpoints`), { code: NO_ENDPOINTS });

export const isNoEndpoints = (error: unknown): boolean =>
  error instanceof Error && (error as NodeJS.ErrnoException).code === NO_ENDPOINTS;
