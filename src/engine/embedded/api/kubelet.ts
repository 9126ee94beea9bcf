import type { Duplex } from "node:stream";

export interface PodKey {
  readonly namespace: string;
  readonly name: string;
}

/** Query of `GET …/pods/NAME/log`, parsed. */
export interface PodLogOptions {
  readonly container: string;
  readonly follow: boolean;
  readonly previous: boolean;
  readonly timestamps: boolean;
  readonly tailLines: number | undefined;
  readonly sinceSeconds: number | undefined;
  readonly sinceTime: string | undefined;
  readonly limitBytes: number | undefined;
}

export interface ExecOptions {
  readonly container: string;
  readonly command: readonly string[];
  readonly stdin: boolean;
  readonly tty: boolean;
}

/** A command that runs beside a container's process. */
export interface ExecSession {
  readonly stdin: NodeJS.WritableStream | undefined;
  readonly stdout: NodeJS.ReadableStream;
  readonly stderr: NodeJS.ReadableStream | undefined;
  /** Exit code, when the command has ended and its output was read. */
  readonly exited: Promise<number>;
  resize(size: { readonly width: number; readonly height: number }): void;
  kill(): void;
}

/** What the API server asks of whatever runs the pods. Refusals are `StatusError`. */
export interface Kubelet {
  /** Bytes of the log, until it ends or, followed, until the container does or the signal aborts. */
  logs(pod: PodKey, options: PodLogOptions, signal: AbortSignal): Promise<AsyncIterable<Buffer>>;
  exec(pod: PodKey, options: ExecOptions): Promise<ExecSession>;
  /** A connection to a port of the pod. */
  dial(pod: PodKey, port: number): Promise<Duplex>;
}
