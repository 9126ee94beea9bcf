import https from "node:https";
import { Readable } from "node:stream";
import type { Agent } from "node:https";
import { deferred } from "../lib/deferred.ts";

/** How a platform's URLs are asked: this machine is dialled, the URL's name decides certificate and route. */
export interface Asker {
  ask(request: Request): Promise<Response>;
  /** Ends kept connections. */
  close(): void;
}

export const createAsker = (ca: string): Asker => {
  const agent = new https.Agent({ keepAlive: true, ca });
  return { ask: (request) => ask(request, agent), close: () => agent.destroy() };
};

/** As `fetch` would, without following redirects: a test wants to see them. */
const ask = async (request: Request, agent: Agent): Promise<Response> => {
  const { hostname, port, pathname, search, host } = new URL(request.url);
  const body = request.body === null ? undefined : Buffer.from(await request.arrayBuffer());
  const answered = deferred<Response>();
  const outgoing = https.request(
    {
      host: "127.0.0.1",
      port: port === "" ? 443 : Number(port),
      servername: hostname,
      method: request.method,
      path: pathname + search,
      headers: { ...Object.fromEntries(request.headers), host },
      agent,
      signal: request.signal,
    },
    (incoming) => answered.resolve(responseOf(incoming)),
  );
  outgoing.on("error", (error) => answered.reject(error));
  outgoing.end(body);
  return answered.promise;
};

const BODILESS: ReadonlySet<number> = new Set([101, 204, 205, 304]);

const responseOf = (incoming: import("node:http").IncomingMessage): Response => {
  const status = incoming.statusCode ?? 500;
  const headers = new Headers();
  for (let at = 0; at < incoming.rawHeaders.length; at += 2)
    headers.append(incoming.rawHeaders[at] ?? "", incoming.rawHeaders[at + 1] ?? "");
  const isEmpty = BODILESS.has(status);
  if (isEmpty) incoming.resume();
  return new Response(isEmpty ? null : (Readable.toWeb(incoming) as ReadableStream), {
    status,
    statusText: incoming.statusMessage ?? "",
    headers,
  });
};
