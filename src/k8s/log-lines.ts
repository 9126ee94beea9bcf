import type { KubeClient, LogOptions } from "./client.ts";

/** A container's log line by line, without newlines; the last one also when nothing ends it. */
export async function* logLines(
  client: KubeClient,
  pod: { readonly namespace: string; readonly name: string },
  options: LogOptions,
): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of client.logs(pod, options)) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}
