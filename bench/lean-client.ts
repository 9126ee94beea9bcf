import { once } from "node:events";
import tls from "node:tls";
import type { Endpoint } from "../src/k8s/types.ts";

/** A connection that costs the measuring process next to nothing: one request at a time, bytes that were made before. */
export interface LeanConnection {
  /** Sends a request; resolves with the status when the whole answer is there. */
  send(bytes: Buffer): Promise<number>;
  close(): void;
}

export const openLean = async ({ server, ca, clientCert, clientKey }: Endpoint): Promise<LeanConnection> => {
  const { hostname, port } = new URL(server);
  const identity = clientCert === undefined ? {} : { cert: clientCert, key: clientKey };
  const socket = tls.connect({ host: hostname, port: Number(port), ca, ALPNProtocols: ["http/1.1"], ...identity });
  await once(socket, "secureConnect");
  socket.setNoDelay(true);
  let received = "";
  let settle: ((status: number) => void) | undefined;
  socket.setEncoding("latin1");
  socket.on("data", (chunk: string) => {
    received += chunk;
    const end = endOf(received);
    if (end === undefined) return;
    const status = Number(received.slice(9, 12));
    received = received.slice(end);
    settle?.(status);
  });
  return {
    send: (bytes) =>
      new Promise((resolve) => {
        settle = resolve;
        socket.write(bytes);
      }),
    close: () => socket.destroy(),
  };
};

/** Where the first answer in the text ends; undefined while a part of it is missing. */
const endOf = (text: string): number | undefined => {
  const headers = text.indexOf("\r\n\r\n");
  if (headers < 0) return undefined;
  const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, headers))?.[1];
  if (length !== undefined) {
    const end = headers + 4 + Number(length);
    return text.length >= end ? end : undefined;
  }
  const last = text.indexOf("\r\n0\r\n\r\n", headers);
  return last < 0 ? undefined : last + 7;
};

/** The bytes of a request with a JSON body. */
export const requestBytes = ({ server, token }: Endpoint, method: string, path: string, body: object): Buffer => {
  const text = JSON.stringify(body);
  const authorization = token === undefined ? "" : `authorization: Bearer ${token}\r\n`;
  const head = `${method} ${path} HTTP/1.1\r\nhost: ${new URL(server).host}\r\n${authorization}content-type: application/json\r\naccept: application/json\r\n`;
  return Buffer.from(`${head}content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
};
