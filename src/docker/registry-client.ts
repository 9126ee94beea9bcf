import http from "node:http";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ChoreoError, messageOf } from "../lib/errors.ts";

export const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
const ACCEPTED = `${MANIFEST_TYPE}, application/vnd.docker.distribution.manifest.v2+json`;

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** The part of the distribution API that seeding needs, over loopback. */
export interface RegistryClient {
  hasBlob(repository: string, digest: string): Promise<boolean>;
  /** Uploads a stream under a digest that is known when it has ended. */
  putBlob(repository: string, content: Readable, digest: () => string): Promise<void>;
  manifest(repository: string, reference: string): Promise<{ config: { digest: string } } | undefined>;
  putManifest(repository: string, reference: string, manifest: unknown): Promise<void>;
}

export const createRegistryClient = (port: number): RegistryClient => {
  const base = `http://127.0.0.1:${port}`;
  const send = (
    method: string,
    path: string,
    options: { headers?: Record<string, string>; body?: Readable | Buffer } = {},
  ): Promise<Answer> => request(base, method, path, options);
  const check = ({ status, body }: Answer, what: string, ...ok: number[]): void => {
    if (!ok.includes(status))
      throw new ChoreoError("E_IMAGE", `The platform's registry refused ${what}`, {
        why: `HTTP ${status} ${body.slice(0, 200)}`,
      });
  };
  return {
    hasBlob: async (repository, digest) => (await send("HEAD", `/v2/${repository}/blobs/${digest}`)).status === 200,
    putBlob: async (repository, content, digest) => {
      const started = await send("POST", `/v2/${repository}/blobs/uploads/`);
      check(started, "an upload", 202);
      const sent = await send("PATCH", started.headers.location ?? "", {
        headers: { "content-type": "application/octet-stream" },
        body: content,
      });
      check(sent, "a layer", 202, 204);
      const location = new URL(sent.headers.location ?? "", base);
      location.searchParams.set("digest", digest());
      check(await send("PUT", location.href), "the end of a layer", 201);
    },
    manifest: async (repository, reference) => {
      const answer = await send("GET", `/v2/${repository}/manifests/${reference}`, { headers: { accept: ACCEPTED } });
      if (answer.status === 404) return undefined;
      check(answer, `to tell about ${repository}:${reference}`, 200);
      return JSON.parse(answer.body) as { config: { digest: string } };
    },
    putManifest: async (repository, reference, manifest) => {
      const body = Buffer.from(JSON.stringify(manifest));
      check(
        await send("PUT", `/v2/${repository}/manifests/${reference}`, {
          headers: { "content-type": MANIFEST_TYPE },
          body,
        }),
        `${repository}:${reference}`,
        201,
      );
    },
  };
};

const request = (
  base: string,
  method: string,
  path: string,
  options: { headers?: Record<string, string>; body?: Readable | Buffer },
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const fail = (error: unknown): void =>
      reject(
        new ChoreoError("E_IMAGE", `The platform's registry at ${base} does not answer`, {
          why: messageOf(error),
          fix: "choreo-dev up repairs it",
          cause: error,
        }),
      );
    const sent = http.request(new URL(path, base), { method, headers: options.headers ?? {} }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (body += chunk));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
      response.on("error", fail);
    });
    sent.on("error", fail);
    if (options.body === undefined || Buffer.isBuffer(options.body)) sent.end(options.body);
    else pipeline(options.body, sent).catch(fail);
  });
