import { once } from "node:events";
import { readFile } from "node:fs/promises";
import http from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import tls from "node:tls";
import type { NetworkSpec } from "../config/model.ts";
import { ChoreoError, messageOf } from "../lib/errors.ts";

export type NetworkAccess = Pick<NetworkSpec, "proxy" | "extraCAs">;

export interface DownloadOptions {
  readonly network: NetworkAccess;
  readonly signal: AbortSignal;
  /** Bytes so far, and in all where the server says so. */
  readonly onProgress?: ((bytes: number, total: number | undefined) => void) | undefined;
}

const TRIES = 3;
const MAX_REDIRECTS = 5;
const MAX_BYTES = 300_000_000;
const IDLE_TIMEOUT_MS = 30_000;

/**
 * The bytes behind an https address, through the configured proxy, trusting the configured CAs besides the public ones.
 * Redirects are followed as long as they stay https. A failure is `E_DOWNLOAD` with the cause.
 */
export const download = async (url: string, options: DownloadOptions): Promise<Buffer> => {
  const ca = await trustedCas(options.network.extraCAs);
  for (let tried = 1; ; tried++) {
    try {
      return await fetchFollowing(new URL(url), ca, options);
    } catch (error) {
      options.signal.throwIfAborted();
      if (tried >= TRIES || isFinal(error)) throw downloadError(url, error);
      await delay(500 * tried, undefined, { signal: options.signal });
    }
  }
};

/** An answer that another try would not change. */
class Refused extends Error {}

const isFinal = (error: unknown): boolean =>
  error instanceof Refused ||
  /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)/.test((error as NodeJS.ErrnoException).code ?? "");

const downloadError = (url: string, cause: unknown): ChoreoError =>
  new ChoreoError("E_DOWNLOAD", `${url} could not be downloaded`, {
    why: messageOf(cause),
    fix: "check the network and the proxy (network.proxy), or give a folder with the files: --bundle DIR",
    cause,
  });

const trustedCas = async (extraCAs: readonly string[]): Promise<string[] | undefined> => {
  if (extraCAs.length === 0) return undefined;
  const fromEnvironment = process.env["NODE_EXTRA_CA_CERTS"];
  const files = fromEnvironment === undefined ? extraCAs : [...extraCAs, fromEnvironment];
  return [...tls.rootCertificates, ...(await Promise.all(files.map((file) => readFile(file, "utf8"))))];
};

const fetchFollowing = async (start: URL, ca: string[] | undefined, options: DownloadOptions): Promise<Buffer> => {
  let url = start;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    if (url.protocol !== "https:") throw new Refused(`${url.href} is not https`);
    const response = await get(url, ca, options);
    const { statusCode = 0, headers } = response;
    if (statusCode === 200) return await readBody(response, options);
    response.destroy();
    if (statusCode >= 300 && statusCode < 400 && headers.location !== undefined) url = new URL(headers.location, url);
    else if (statusCode >= 500 || statusCode === 429) throw new Error(`${url.host} answered ${statusCode}`);
    else throw new Refused(`${url.host} answered ${statusCode}`);
  }
  throw new Refused(`more than ${MAX_REDIRECTS} redirects`);
};

const get = async (
  url: URL,
  ca: string[] | undefined,
  { network, signal }: DownloadOptions,
): Promise<http.IncomingMessage> => {
  const proxy = proxyFor(url, network.proxy);
  const tunnel = proxy === undefined ? undefined : await openTunnel(url, proxy, signal);
  const trust = ca === undefined ? {} : { ca };
  const request = https.request(url, {
    signal,
    headers: { "user-agent": "choreo-dev", "accept-encoding": "identity" },
    ...trust,
    // With an agent, Node would not ask createConnection.
    ...(tunnel === undefined
      ? { agent: false }
      : { createConnection: () => tls.connect({ socket: tunnel, servername: url.hostname, ...trust }) }),
  });
  request.setTimeout(IDLE_TIMEOUT_MS, () =>
    request.destroy(new Error(`nothing arrived for ${IDLE_TIMEOUT_MS / 1000} s`)),
  );
  request.end();
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  return response;
};

const readBody = async (response: http.IncomingMessage, { onProgress }: DownloadOptions): Promise<Buffer> => {
  const total =
    response.headers["content-length"] === undefined ? undefined : Number(response.headers["content-length"]);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new Refused(`it is larger than ${MAX_BYTES / 1_000_000} MB`);
    onProgress?.(bytes, total);
  }
  if (total !== undefined && bytes !== total) throw new Error(`the connection ended after ${bytes} of ${total} bytes`);
  return Buffer.concat(chunks);
};

/** The proxy for an address, or undefined. Loopback never goes through one. */
export const proxyFor = (url: URL, proxy: NetworkSpec["proxy"]): URL | undefined => {
  const address = proxy.https ?? proxy.http;
  const host = url.hostname;
  if (address === undefined || host === "localhost" || host === "[::1]" || host.startsWith("127.")) return undefined;
  const exempt = proxy.no.some(
    (entry) => entry === "*" || host === entry || host.endsWith(`.${entry.replace(/^\*?\./, "")}`),
  );
  return exempt ? undefined : new URL(address.includes("://") ? address : `http://${address}`);
};

const openTunnel = async (url: URL, proxy: URL, signal: AbortSignal): Promise<Socket> => {
  const target = `${url.hostname}:${url.port || 443}`;
  const credentials = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  const authorization =
    proxy.username === "" ? {} : { "proxy-authorization": `Basic ${Buffer.from(credentials).toString("base64")}` };
  const request = (proxy.protocol === "https:" ? https : http).request({
    host: proxy.hostname,
    port: proxy.port || (proxy.protocol === "https:" ? 443 : 80),
    method: "CONNECT",
    path: target,
    headers: { host: target, ...authorization },
    agent: false,
    signal,
    timeout: IDLE_TIMEOUT_MS,
  });
  request.once("timeout", () => request.destroy(new Error("it does not answer")));
  request.end();
  try {
    const [response, socket] = (await once(request, "connect")) as [http.IncomingMessage, Socket];
    if (response.statusCode === 200) return socket;
    socket.destroy();
    throw new Error(`it answered ${response.statusCode}`);
  } catch (cause) {
    throw new Error(`the proxy ${proxy.host} cannot be used: ${messageOf(cause)}`, { cause });
  }
};
