import { messageOf } from "../lib/errors.ts";
import type { Api } from "./api.ts";
import type { WatchEvent, WatchOptions } from "./client.ts";
import { KubeError } from "./errors.ts";
import type { AnswerStream } from "./http.ts";
import { selectorsOf } from "./list.ts";
import type { TypeRef } from "./types.ts";

/** The events of a kind from a version on; see `KubeClient.watch`. */
export async function* watchEvents(api: Api, type: TypeRef, options: WatchOptions): AsyncGenerator<WatchEvent> {
  try {
    yield* eventsOf(await openWatch(api, type, options), api.server);
  } catch (error) {
    if (options.signal?.aborted !== true) throw error;
  }
}

const openWatch = async (api: Api, type: TypeRef, options: WatchOptions): Promise<AnswerStream> => {
  const query = selectorsOf(options);
  query.set("watch", "true");
  query.set("allowWatchBookmarks", "true");
  query.set("resourceVersion", options.resourceVersion);
  query.set("timeoutSeconds", String(options.timeoutSeconds));
  const path = `${await api.discovery.collection(type, options.namespace, options)}?${query}`;
  const response = await api.stream({ method: "GET", path, signal: options.signal, timeoutMs: options.timeoutMs });
  const { idleTimeoutMs } = options;
  // A half-open connection looks like a quiet one: bookmarks come about once a minute, so silence means it is dead.
  response.setTimeout(idleTimeoutMs, () => response.destroy(new Error(`nothing came for ${idleTimeoutMs / 1000} s`)));
  return response;
};

/** One event per line. A line that was cut off by the end of the stream comes again with the next watch. */
async function* eventsOf(response: AnswerStream, server: string): AsyncGenerator<WatchEvent> {
  response.setEncoding("utf8");
  let rest = "";
  try {
    for await (const chunk of response) {
      const lines = (rest + (chunk as string)).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) if (line !== "") yield JSON.parse(line) as WatchEvent;
    }
  } catch (error) {
    throw broken(server, error);
  }
}

const broken = (server: string, error: unknown): KubeError =>
  new KubeError(`The watch on ${server} broke`, {
    status: 0,
    reason: "WatchBroken",
    why: messageOf(error),
    cause: error,
  });
