import http from "node:http";
import { Readable } from "node:stream";
import type { ExecOptions, ExecSession } from "../api/kubelet.ts";
import type { PodFunction } from "./image/resolve.ts";
import type { LogFile } from "./logs/log-file.ts";

export interface Exit {
  readonly code: number;
}

/** One run of a container. */
export interface Attempt {
  /** Leader of its processes; undefined for a function. */
  readonly pid: number | undefined;
  readonly id: string;
  readonly exited: Promise<Exit>;
  /** Sends a signal to all of its processes. */
  signal(name: NodeJS.Signals): void;
  /** Its environment and folder, for what runs beside it. */
  readonly env: ReadonlyMap<string, string>;
  readonly cwd: string;
  readonly log: LogFile | undefined;
  /** Runs a command beside it, where that is not done in its processes' namespaces. */
  readonly exec?: (options: Omit<ExecOptions, "container">) => Promise<ExecSession>;
  /** Whether it listens on a port, where that is not seen on this machine. */
  readonly listens?: (port: number) => Promise<boolean>;
}

/** Serves a function at an address of the pod until it is told to end. */
export const startFunction = async (
  handler: PodFunction,
  place: { readonly host: string; readonly port: number },
  id: string,
): Promise<Attempt> => {
  const server = http.createServer((incoming, outgoing) => {
    answer(handler, incoming, outgoing).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ ...place, exclusive: true }, () => resolve());
  });
  const exited = new Promise<Exit>((resolve) => server.once("close", () => resolve({ code: 0 })));
  return {
    ...{ pid: undefined, id, exited, env: new Map(), cwd: "/", log: undefined },
    signal: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};

const answer = async (
  handler: PodFunction,
  incoming: http.IncomingMessage,
  outgoing: http.ServerResponse,
): Promise<void> => {
  const { method = "GET", headers, url = "/" } = incoming;
  const hasBody = method !== "GET" && method !== "HEAD";
  const names = Object.entries(headers).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value ?? ""]).map((one): [string, string] => [name, one]),
  );
  const body = hasBody ? { body: Readable.toWeb(incoming) as ReadableStream, duplex: "half" as const } : {};
  const request = new Request(`http://${headers.host ?? "localhost"}${url}`, { method, headers: names, ...body });
  let response: Response;
  try {
    response = await handler(request);
  } catch (error) {
    response = new Response(`${error instanceof Error ? error.message : String(error)}\n`, { status: 500 });
  }
  const head = Object.fromEntries([...response.headers].filter(([name]) => name !== "set-cookie"));
  const cookies = response.headers.getSetCookie();
  outgoing.writeHead(response.status, cookies.length === 0 ? head : { ...head, "set-cookie": cookies });
  if (response.body === null) outgoing.end();
  else for await (const chunk of response.body) outgoing.write(chunk);
  outgoing.end();
};
