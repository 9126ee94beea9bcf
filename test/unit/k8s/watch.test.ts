import type { ServerResponse } from "node:http";
import { describe, expect, test } from "vitest";
import type { AnyObject } from "../../../src/k8s/types.ts";
import { type Received, refuse, startFakeApiserver } from "./fake-apiserver.ts";

const event = (name: string): string => `${JSON.stringify({ type: "ADDED", object: { metadata: { name } } })}\n`;

interface WatchSettings {
  readonly signal?: AbortSignal;
  readonly idleTimeoutMs?: number;
}

/** Watches a server that answers so. `seen` fills while `end` is awaited. */
const watch = async (
  answer: (response: ServerResponse) => void,
  { signal, idleTimeoutMs = 60_000 }: WatchSettings = {},
) => {
  const { client, received } = await startFakeApiserver((_request, response) => answer(response));
  const options = { resourceVersion: "7", timeoutSeconds: 290, idleTimeoutMs, signal };
  const events = client.watch({ apiVersion: "v1", kind: "ConfigMap" }, options);
  const seen: string[] = [];
  const end = async (): Promise<void> => {
    for await (const { object } of events) seen.push((object as AnyObject).metadata.name);
  };
  return { end, seen, asked: (): Received | undefined => received.at(-1) };
};

describe("a watch", () => {
  test("asks for bookmarks from a version on, and ends in peace when the server ends it", async () => {
    const { end, seen, asked } = await watch((response) => void response.end(event("a") + event("b")));
    await end();
    expect(seen).toEqual(["a", "b"]);
    expect(Object.fromEntries(asked()?.url.searchParams ?? [])).toEqual({
      watch: "true",
      allowWatchBookmarks: "true",
      resourceVersion: "7",
      timeoutSeconds: "290",
    });
  });

  test("puts events together that come in pieces, also within a letter", async () => {
    const bytes = Buffer.from(event("größe"));
    const cut = bytes.indexOf(0xc3) + 1;
    const { end, seen } = await watch((response) => {
      response.write(bytes.subarray(0, cut));
      setImmediate(() => response.end(bytes.subarray(cut)));
    });
    await end();
    expect(seen).toEqual(["größe"]);
  });

  test("that is cut off throws after the events before, and leaves out the half one", async () => {
    const { end, seen } = await watch((response) => {
      response.write(event("a") + event("b").slice(0, 10), () => response.destroy());
    });
    await expect(end()).rejects.toMatchObject({ code: "E_UNREACHABLE" });
    expect(seen).toEqual(["a"]);
  });

  test("on which nothing comes is given up", async () => {
    const { end } = await watch((response) => void response.write(event("a")), { idleTimeoutMs: 50 });
    await expect(end()).rejects.toMatchObject({ code: "E_UNREACHABLE" });
  });

  test("ends in peace with its signal", async () => {
    const abort = new AbortController();
    const { end } = await watch((response) => void response.write(event("a"), () => abort.abort()), {
      signal: abort.signal,
    });
    await expect(end()).resolves.toBeUndefined();
  });

  test("of a version that is gone is refused with 410", async () => {
    const { end } = await watch((response) => refuse(response, 410, "Expired"));
    await expect(end()).rejects.toMatchObject({ status: 410, reason: "Expired" });
  });
});
