import http from "node:http";
import type { Duplex } from "node:stream";
import type { ExecSession } from "../api/kubelet.ts";
import { deferred } from "../../../lib/deferred.ts";
import type { Container, Handler } from "./types.ts";

/** How a probe or hook reaches its container. */
export interface HandlerTarget {
  readonly container: Container;
  dial(port: number): Promise<Duplex>;
  exec(command: readonly string[]): Promise<ExecSession>;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export interface HandlerResult {
  readonly ok: boolean;
  /** What went wrong, for an event. */
  readonly message: string;
}

const LONGEST_OUTPUT = 10_000;

/** Runs a probe or hook once. Does not throw for a failure of the container; does for an abort. */
export const runHandler = async (
  handler: Handler,
  target: HandlerTarget,
  signal: AbortSignal,
): Promise<HandlerResult> => {
  try {
    if (handler.exec !== undefined) return await runExec(handler.exec.command ?? [], target, signal);
    if (handler.httpGet !== undefined) return await runHttp(handler.httpGet, target, signal);
    if (handler.sleep !== undefined) {
      await target.sleep(handler.sleep.seconds * 1000, signal);
      return OK;
    }
    const port = portOf((handler.tcpSocket ?? handler.grpc)?.port ?? 0, target.container);
    (await abortable(target.dial(port), signal)).destroy();
    return OK;
  } catch (error) {
    signal.throwIfAborted();
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  }
};

const OK: HandlerResult = { ok: true, message: "" };

/** Parts of a handler that this engine does less for than Kubernetes; undefined when it does it all. */
export const reducedHandler = (handler: Handler): string | undefined => {
  if (handler.grpc !== undefined) return "a grpc probe only checks that the port accepts connections";
  return handler.httpGet?.scheme === "HTTPS"
    ? "an HTTPS probe only checks that the port accepts connections"
    : undefined;
};

const portOf = (port: number | string, { ports = [] }: Container): number => {
  const found =
    typeof port === "number" ? port : (ports.find(({ name }) => name === port)?.containerPort ?? Number(port));
  if (!Number.isInteger(found) || found <= 0) throw new Error(`the container has no port ${JSON.stringify(port)}`);
  return found;
};

const runExec = async (
  command: readonly string[],
  target: HandlerTarget,
  signal: AbortSignal,
): Promise<HandlerResult> => {
  const session = await target.exec(command);
  const output: Buffer[] = [];
  for (const stream of [session.stdout, session.stderr])
    stream?.on("data", (chunk: Buffer) => void (output.length < 100 && output.push(chunk)));
  const kill = (): void => session.kill();
  signal.addEventListener("abort", kill, { once: true });
  try {
    const code = await abortable(session.exited, signal);
    return { ok: code === 0, message: Buffer.concat(output).toString("utf8").slice(0, LONGEST_OUTPUT) };
  } finally {
    signal.removeEventListener("abort", kill);
  }
};

const runHttp = async (
  { port, path = "/", scheme = "HTTP", httpHeaders = [] }: NonNullable<Handler["httpGet"]>,
  target: HandlerTarget,
  signal: AbortSignal,
): Promise<HandlerResult> => {
  const number = portOf(port, target.container);
  const socket = await abortable(target.dial(number), signal);
  try {
    if (scheme === "HTTPS") return OK;
    const status = await requestStatus({ socket, path, port: number, headers: httpHeaders, signal });
    const ok = status >= 200 && status < 400;
    return { ok, message: ok ? "" : `HTTP probe failed with statuscode: ${status}` };
  } finally {
    socket.destroy();
  }
};

interface StatusRequest {
  readonly socket: Duplex;
  readonly path: string;
  readonly port: number;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly signal: AbortSignal;
}

const requestStatus = ({ socket, path, port, headers, signal }: StatusRequest): Promise<number> =>
  new Promise((resolve, reject) => {
    const request = http.request({
      createConnection: () => socket,
      path: path.startsWith("/") ? path : `/${path}`,
      headers: {
        ...{ host: `localhost:${port}`, "user-agent": "kube-probe/1.34", accept: "*/*", connection: "close" },
        ...Object.fromEntries(headers.map(({ name, value }) => [name.toLowerCase(), value])),
      },
      signal,
    });
    request.once("error", reject);
    request.once("response", (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.end();
  });

const abortable = async <T>(work: Promise<T>, signal: AbortSignal): Promise<T> => {
  signal.throwIfAborted();
  const aborted = deferred<never>();
  const abort = (): void => aborted.reject(signal.reason as Error);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
};
