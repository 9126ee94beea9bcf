import { WebSocket } from "ws";
import type { Endpoint } from "../../src/k8s/types.ts";

const STDOUT = 1;
const STDERR = 2;
const STATUS = 3;

/** Runs a command in a pod's only container, as `kubectl exec` does, and gives what it printed. */
export const execInPod = (
  endpoint: Endpoint,
  pod: { readonly namespace: string; readonly name: string },
  command: readonly string[],
): Promise<{ readonly stdout: string; readonly stderr: string; readonly status: { readonly status?: string } }> =>
  new Promise((resolve, reject) => {
    const query = new URLSearchParams([
      ["stdout", "true"],
      ["stderr", "true"],
      ...command.map((word): [string, string] => ["command", word]),
    ]);
    const url = `${endpoint.server.replace(/^http/, "ws")}/api/v1/namespaces/${pod.namespace}/pods/${pod.name}/exec?${query}`;
    const { ca, clientCert: cert, clientKey: key } = endpoint;
    const socket = new WebSocket(url, "v4.channel.k8s.io", { ca, ...(cert === undefined ? {} : { cert, key }) });
    const printed: Buffer[][] = [[], [], [], []];
    socket.on("message", (data: Buffer) => printed[data[0] ?? STATUS]?.push(data.subarray(1)));
    socket.on("error", reject);
    socket.on("close", () => {
      const text = (channel: number): string => Buffer.concat(printed[channel] ?? []).toString("utf8");
      resolve({
        stdout: text(STDOUT),
        stderr: text(STDERR),
        status: JSON.parse(text(STATUS) || "{}") as { status?: string },
      });
    });
  });
