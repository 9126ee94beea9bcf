import type { ArchiveSummary } from "../../diagnostics/summary.ts";
import type { Style } from "../render/style.ts";
import { renderTable } from "../render/table.ts";
import { statusText } from "./text.ts";

interface Layout {
  readonly style: Style;
  readonly width: number | undefined;
}

/** An archive on one screen: the status as it was, what went wrong first, the newest events, and what is not in it. */
export const archiveText = (summary: ArchiveSummary, layout: Layout): string =>
  [
    headline(summary, layout),
    status(summary, layout),
    errors(summary, layout),
    events(summary, layout),
    missing(summary, layout),
    contents(summary, layout),
  ]
    .filter((section) => section !== "")
    .join("\n");

const headline = ({ manifest }: ArchiveSummary, { style }: Layout): string =>
  `${style.bold(manifest.platform)}  as it was at ${manifest.createdAt}, told by choreo-dev ${manifest.version}\n`;

const status = ({ status: document, manifest }: ArchiveSummary, { style, width }: Layout): string => {
  if (document === undefined) return "";
  return statusText(document, { style, width, environments: [], now: Date.parse(manifest.createdAt) });
};

const errors = ({ errors: all }: ArchiveSummary, { style, width }: Layout): string =>
  all.length === 0
    ? ""
    : `${style.red("first errors")}\n${renderTable(
        ["FILE", "ERROR"],
        all.map(({ from, line }) => [from, line]),
        width,
      )}`;

const events = ({ events: all }: ArchiveSummary, { width }: Layout): string =>
  all.length === 0
    ? ""
    : renderTable(
        ["TIME", "TYPE", "REASON", "OBJECT", "MESSAGE"],
        all.map(({ time, type, reason, object, message }) => [
          time,
          type,
          reason,
          object,
          message.split("\n")[0] ?? "",
        ]),
        width,
      );

const missing = ({ manifest }: ArchiveSummary, { width }: Layout): string =>
  manifest.missing.length === 0
    ? ""
    : renderTable(
        ["NOT IN IT", "WHY"],
        manifest.missing.map(({ path, why }) => [path, why]),
        width,
      );

const contents = ({ manifest }: ArchiveSummary, { style }: Layout): string => {
  const logs = manifest.parts.filter(({ path }) => path.endsWith(".log")).length;
  return style.dim(
    `${manifest.parts.length} files, ${logs} of them logs:  --show diagnostics.json lists them, --show PATH prints one\n`,
  );
};
