import { WebSocket } from "ws";
import type { Endpoint } from "./types.ts";

export interface ExecResult {
  readonly stdout: string;
  readonly stderr: string;
  /** Undefined when the server did not say. */
  readonly code: number | undefined;
}

interface ExecStatus {
  readonly status?: string;
  readonly details?: { readonly causes?: readonly { readonly reason?: string; readonly message?: string }[] };
}

export interface ExecInput {
  readonly pod: { readonly namespace: string; readonly name: string };
  readonly command: readonly string[];
  readonly signal?: AbortSignal;
}

const STDOUT = 1;
const STDERR = 2;
const STATUS = 3;

/** Runs a command in a pod's only container, as `kubectl exec` does, and gives what it printed. Rejects when it cannot be begun. */
export const execInPod = (endpoint: Endpoint, { pod, command, signal }: ExecInput): Promise<ExecResult> =>
  new Promise((resolve, reject) => {
    const query = new URLSearchParams([
      ["stdout", "true"],
      ["stderr", "true"],
      ...command.map((word): [string, string] => ["command", word]),
    ]);
    const url = `${endpoint.server.replace(/^http/, "ws")}/api/v1/namespaces/${pod.namespace}/pods/${pod.name}/exec?${query}`;
    const { ca, clientCert: cert, clientKey: key, token } = endpoint;
    const socket = new WebSocket(url, "v4.channel.k8s.io", {
      ca,
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
    });
    const abort = (): void => {
      socket.terminate();
      reject(signal?.reason as Error);
    };
    if (signal?.aborted === true) return abort();
    signal?.addEventListener("abort", abort, { once: true });
    const printed: Buffer[][] = [[], [], [], []];
    socket.on("message", (data: Buffer) => printed[data[0] ?? STATUS]?.push(data.subarray(1)));
    socket.on("error", reject);
    socket.on("close", () => {
      signal?.removeEventListener("abort", abort);
      const text = (channel: number): string => Buffer.concat(printed[channel] ?? []).toString("utf8");
      resolve({ stdout: text(STDOUT), stderr: text(STDERR), code: codeOf(text(STATUS)) });
    });
  });

const codeOf = (text: string): number | undefined => {
  if (text === "") return undefined;
  const { status, details } = JSON.parse(text) as ExecStatus;
  if (status === "Success") return 0;
  return Number(details?.causes?.find(({ reason }) => reason === "ExitCode")?.message ?? 1);
};
