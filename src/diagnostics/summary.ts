import type { AnyObject } from "../k8s/types.ts";
import type { StatusDocument } from "../resources/status-document.ts";
import type { Diagnostics, Manifest } from "./diagnostics.ts";

/** What somebody who opens an archive wants to know first. */
export interface ArchiveSummary {
  readonly manifest: Manifest;
  /** Undefined when it could not be had. */
  readonly status: StatusDocument | undefined;
  /** The first things that went wrong, oldest first: failed steps, and errors of the supervisor. */
  readonly errors: readonly { readonly from: string; readonly line: string }[];
  /** Newest last. */
  readonly events: readonly EventLine[];
}

export interface EventLine {
  readonly cluster: string;
  readonly time: string;
  readonly type: string;
  readonly reason: string;
  readonly object: string;
  readonly message: string;
}

const FIRST_ERRORS = 10;
const NEWEST_EVENTS = 15;

/** Reads an archive as `status` reads a platform. */
export const summarise = (diagnostics: Diagnostics): ArchiveSummary => {
  const textOf = (path: string): string => diagnostics.parts.find((part) => part.path === path)?.text ?? "";
  return {
    manifest: diagnostics.manifest,
    status: parsed(textOf("status.json")) as StatusDocument | undefined,
    errors: [
      ...failedSteps(textOf("journal.ndjson")).map((line) => ({ from: "journal.ndjson", line })),
      ...errorLines(textOf("supervisor/supervisor.log")).map((line) => ({ from: "supervisor/supervisor.log", line })),
    ].slice(0, FIRST_ERRORS),
    events: eventsIn(diagnostics),
  };
};

/** Of the last run only: what an earlier one met was repaired since, or is met again. */
const failedSteps = (journal: string): string[] => {
  const events = journal.split("\n").flatMap((line) => (parsed(line) as JournalEvent | undefined) ?? []);
  const lastRun = events.slice(events.findLastIndex(({ type }) => type === "platform") + 1);
  return lastRun.flatMap(({ type, step = "", error }) =>
    type === "step-failed" ? [`${step}: ${error?.code ?? ""} ${error?.message ?? ""}`] : [],
  );
};

interface JournalEvent {
  readonly type: string;
  readonly step?: string;
  readonly error?: { readonly code: string; readonly message: string };
}

const errorLines = (log: string): string[] => log.split("\n").filter((line) => /^\S+ error /.test(line));

const eventsIn = ({ parts }: Diagnostics): EventLine[] =>
  parts
    .flatMap(({ path, text }) => {
      const cluster = /^clusters\/([^/]+)\/events\.json$/.exec(path)?.[1];
      if (cluster === undefined) return [];
      const { items = [] } = (parsed(text) ?? {}) as { items?: readonly AnyObject[] };
      return items.map((event) => eventLine(cluster, event as unknown as KubeEvent));
    })
    .sort((a, b) => a.time.localeCompare(b.time))
    .slice(-NEWEST_EVENTS);

interface KubeEvent {
  readonly metadata: { readonly creationTimestamp?: string };
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly involvedObject?: { readonly kind?: string; readonly name?: string; readonly namespace?: string };
}

const eventLine = (cluster: string, event: KubeEvent): EventLine => ({
  cluster,
  time: event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp ?? "",
  type: event.type ?? "",
  reason: event.reason ?? "",
  object: `${event.involvedObject?.kind ?? ""}/${event.involvedObject?.name ?? ""}`,
  message: event.message ?? "",
});

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
