import type { LogFile } from "./logs/log-file.ts";
import { readLog } from "./logs/read-log.ts";
import type { Container } from "./types.ts";

/** What the kubelet takes from a log: no more lines and bytes than these. */
const MOST_LINES = 80;
const MOST_BYTES = 2048;

/** What a container that failed leaves in its status: with `FallbackToLogsOnError` the end of its log. */
export const terminationMessage = async (
  { terminationMessagePolicy }: Container,
  { log, exitCode }: { readonly log: LogFile | undefined; readonly exitCode: number },
): Promise<string | undefined> => {
  if (exitCode === 0 || log === undefined || terminationMessagePolicy !== "FallbackToLogsOnError") return undefined;
  const chunks: Buffer[] = [];
  const { signal } = new AbortController();
  for await (const chunk of readLog({ ...{ file: log.path, live: undefined, nowMs: 0, signal }, query: QUERY }))
    chunks.push(chunk);
  const text = Buffer.concat(chunks).subarray(-MOST_BYTES).toString("utf8").trimEnd();
  return text === "" ? undefined : text;
};

const QUERY = {
  ...{ follow: false, timestamps: false, tailLines: MOST_LINES },
  ...{ sinceSeconds: undefined, sinceTime: undefined, limitBytes: undefined },
};
