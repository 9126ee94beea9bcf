import type { IncomingMessage } from "node:http";
import type { Server } from "node:https";
import type { Duplex } from "node:stream";
import type { ApiRequest } from "../api/request.ts";
import { refusal } from "../api/server.ts";
import type { Authentication } from "./authenticate.ts";
import { requestOf } from "./incoming.ts";

/** Takes over a connection that a client wants to use for something else than HTTP: exec, port-forward. */
export type Upgrades = (
  request: ApiRequest,
  raw: { readonly incoming: IncomingMessage; readonly socket: Duplex; readonly head: Buffer },
) => Promise<void>;

export const attachUpgrades = (server: Server, options: Authentication & { readonly upgrades: Upgrades }): void => {
  server.on("upgrade", (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
    const gone = new AbortController();
    socket.once("close", () => gone.abort());
    socket.on("error", () => socket.destroy());
    const take = async (): Promise<void> =>
      options.upgrades(requestOf(options, incoming, gone), { incoming, socket, head });
    take().catch((error: unknown) => refuse(socket, error));
  });
};

/** Answers as HTTP what would have been the answer to a request. */
const refuse = (socket: Duplex, error: unknown): void => {
  const { status, body } = refusal(error);
  const text = String(body);
  socket.end(
    `HTTP/1.1 ${status} ${status}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
  );
};
