import { createHash } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Clock, systemClock } from "../lib/clock.ts";
import { ChoreoError, messageOf } from "../lib/errors.ts";

export const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
const ACCEPTED = `${MANIFEST_TYPE}, application/vnd.docker.distribution.manifest.v2+json`;

/** A registry that was just started takes a moment to listen; Docker's proxy already accepts and cuts connections then. */
const PAUSES_MS: readonly number[] = [50, 100, 200, 400, 800, 1600, 3200];
const IDLE_MS = 60_000;

/** A manifest as the registry holds it. */
export interface StoredManifest {
  readonly digest: string;
  /** Digest of the image's configuration; undefined in a list of manifests. */
  readonly config: string | undefined;
}

/** Content that was sent and has no name yet. */
export interface Upload {
  /** Makes it a blob. The registry checks the digest against what it received. */
  finish(digest: string): Promise<void>;
}

/** The part of the distribution API that seeding needs, over loopback. Failures are `E_IMAGE`. */
export interface RegistryClient {
  /** Bytes of a blob, or undefined when the repository has none of that digest. */
  blobSize(repository: string, digest: string): Promise<number | undefined>;
  /** Content of a small blob, or undefined when the repository has none of that digest. */
  blob(repository: string, digest: string): Promise<Buffer | undefined>;
  upload(repository: string, content: Readable | Buffer): Promise<Upload>;
  /** Takes a blob over from another repository without sending it. */
  mountBlob(repository: string, digest: string, from: string): Promise<void>;
  manifest(repository: string, reference: string): Promise<StoredManifest | undefined>;
  /** Returns the manifest's digest. */
  putManifest(repository: string, reference: string, manifest: Buffer, mediaType: string): Promise<string>;
}

export const createRegistryClient = (port: number, clock: Clock = systemClock): RegistryClient => {
  const base = `http://127.0.0.1:${port}`;
  const send = (method: string, path: string, content: Content = {}): Promise<Answer> =>
    request(new URL(path, base), method, content, clock);
  return {
    blobSize: async (repository, digest) => {
      const answer = await send("HEAD", `/v2/${repository}/blobs/${digest}`);
      if (answer.status === 404) return undefined;
      expect(answer, 200, `to look for a layer of ${repository}`);
      return Number(answer.headers["content-length"]);
    },
    blob: async (repository, digest) => {
      const answer = await send("GET", `/v2/${repository}/blobs/${digest}`);
      if (answer.status === 404) return undefined;
      expect(answer, 200, `a blob of ${repository}`);
      return answer.body;
    },
    upload: async (repository, content) => {
      const started = await send("POST", `/v2/${repository}/blobs/uploads/`);
      expect(started, 202, `an upload to ${repository}`);
      const sent = await send("PATCH", started.headers.location ?? "", {
        headers: { "content-type": "application/octet-stream" },
        body: content,
      });
      expect(sent, 202, `a layer of ${repository}`);
      return {
        finish: async (digest) => {
          const location = new URL(sent.headers.location ?? "", base);
          location.searchParams.set("digest", digest);
          expect(await send("PUT", location.href), 201, `the end of a layer of ${repository}`);
        },
      };
    },
    mountBlob: async (repository, digest, from) => {
      const query = new URLSearchParams({ mount: digest, from });
      const answer = await send("POST", `/v2/${repository}/blobs/uploads/?${query.toString()}`);
      expect(answer, 201, `to share a layer of ${from} with ${repository}`);
    },
    manifest: async (repository, reference) => {
      const answer = await send("GET", `/v2/${repository}/manifests/${reference}`, { headers: { accept: ACCEPTED } });
      if (answer.status === 404) return undefined;
      expect(answer, 200, `to tell about ${repository}:${reference}`);
      return { digest: sha256(answer.body), config: configOf(answer.body) };
    },
    putManifest: async (repository, reference, manifest, mediaType) => {
      const headers = { "content-type": mediaType };
      const answer = await send("PUT", `/v2/${repository}/manifests/${reference}`, { headers, body: manifest });
      expect(answer, 201, `${repository}:${reference}`);
      return sha256(manifest);
    },
  };
};

export const sha256 = (content: Buffer): string => `sha256:${createHash("sha256").update(content).digest("hex")}`;

const configOf = (manifest: Buffer): string | undefined =>
  (JSON.parse(manifest.toString("utf8")) as { config?: { digest: string } }).config?.digest;

interface Content {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Readable | Buffer;
}

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

const expect = ({ status, body }: Answer, wanted: number, what: string): void => {
  if (status === wanted) return;
  const text = body.toString("utf8");
  const full = fullness(text);
  throw new ChoreoError("E_IMAGE", `The platform's registry refused ${what}`, {
    why: full ?? `HTTP ${status} ${text.slice(0, 200).trim()}`,
    fix: full === undefined ? "choreo-dev up repairs it" : "look at docker system df and free space, then again",
  });
};

/**
 * What tells that a registry is full. It passes on what the system has told it: ENOSPC by its number, or in words. What fits into its
 * buffer it accepts although it cannot write it, and then does not know of it.
 */
const fullness = (text: string): string | undefined => {
  if (/"Err":28\b|no space left on device/.test(text)) return "there is no space left on the disk of its volume";
  if (text.includes("BLOB_UPLOAD_INVALID"))
    return "it has lost what it was sent: the disk of its volume is full, or it was started again meanwhile";
  return undefined;
};

/** Tries again while the registry cannot be connected to. A stream is sent once: what was read of it is gone. */
const request = async (url: URL, method: string, content: Content, clock: Clock): Promise<Answer> => {
  const pauses = content.body === undefined || Buffer.isBuffer(content.body) ? PAUSES_MS : [];
  for (const pauseMs of [...pauses, undefined]) {
    try {
      return await requestOnce(url, method, content);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? "";
      if (pauseMs !== undefined && ["ECONNREFUSED", "ECONNRESET", "EPIPE"].includes(code)) {
        await clock.sleep(pauseMs);
        continue;
      }
      throw new ChoreoError("E_IMAGE", `The platform's registry at ${url.host} does not answer`, {
        why: messageOf(error),
        fix: "choreo-dev up repairs it",
        cause: error,
      });
    }
  }
  throw new ChoreoError("E_INTERNAL", "A request ended without an answer");
};

const requestOnce = async (url: URL, method: string, { headers = {}, body }: Content): Promise<Answer> => {
  const sent = http.request(url, { method, headers: { ...headers } });
  sent.setTimeout(IDLE_MS, () => sent.destroy(new Error(`silent for ${IDLE_MS / 1000} s`)));
  const answered = once(sent, "response") as Promise<[http.IncomingMessage]>;
  answered.catch(() => undefined);
  if (body === undefined || Buffer.isBuffer(body)) sent.end(body);
  // A refusal may come before everything is sent; it says more than the broken pipe that follows.
  const written = body === undefined || Buffer.isBuffer(body) ? undefined : pipeline(body, sent);
  const [response] = await (written === undefined ? answered : Promise.race([answered, written.then(() => answered)]));
  written?.catch(() => undefined);
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) };
};
