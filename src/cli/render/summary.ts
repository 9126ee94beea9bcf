import type { EventBody } from "../../run/events.ts";
import type { Style } from "./style.ts";
import { formatDuration, renderTable } from "./table.ts";
import type { Outcome } from "./view.ts";

type Body<Type extends EventBody["type"]> = Extract<EventBody, { type: Type }>;

/** Links of the critical path that took less than this are noise. */
const SHORTEST_LINK_MS = 100;

/** Which program works on which platform, and what decided on the engine. */
export const headerLines = (
  { name, version, config, engine, engineReason }: Body<"platform">,
  style: Style,
): string[] => [
  `${style.bold(`choreo-dev ${version}`)}  platform "${name}"  (${config})`,
  `engine ${engine}: ${engineReason}`,
];

export const noticeLines = ({ level, message, fix }: Body<"notice">, style: Style): string[] => [
  `${level === "warn" ? style.yellow("warn") : style.dim("note")}  ${message}`,
  ...(fix === undefined ? [] : [`  ${style.dim("fix")}   ${fix}`]),
];

/** How long it took and why, what can be opened now, and what to type next. */
export const summaryLines = (done: Body<"done">, outcome: Outcome, style: Style): string[] => {
  if (outcome !== "Ready") return [`${outcome} in ${formatDuration(done.ms)}.`];
  const headline =
    done.steps === 0
      ? `${style.green("Ready.")} Nothing to do (looked for ${formatDuration(done.ms)}).`
      : `${style.green("Ready")} in ${formatDuration(done.ms)}${pathText(done)}.`;
  return [headline, ...urlLines(done), `  ${style.dim(nextCommands(done))}`];
};

const pathText = ({ criticalPath }: Body<"done">): string => {
  const links = criticalPath
    .filter(({ ms }) => ms >= SHORTEST_LINK_MS)
    .map(({ label, ms }) => `${label} ${(ms / 1000).toFixed(1)}`);
  return links.length === 0 ? "" : ` (critical path: ${links.join(" → ")})`;
};

const urlLines = ({ urls }: Body<"done">): string[] => {
  if (urls.length === 0) return [];
  const [first = [], ...rest] = urls.map(({ component, environment, url }) => [component, environment, url]);
  const lines = renderTable(first, rest).trimEnd().split("\n");
  return ["", ...lines.map((line) => `  ${line}`), ""];
};

const nextCommands = ({ urls, unbuilt = [] }: Body<"done">): string => {
  const [first] = urls;
  const look = "look:  choreo-dev status";
  const [source] = unbuilt;
  if (source !== undefined) return `build:  choreo-dev build${unbuilt.length === 1 ? ` ${source}` : ""}      ${look}`;
  if (first === undefined) return `deploy:  choreo-dev apply -f FOLDER      ${look}`;
  return `try it:  choreo-dev url ${first.component} --curl      ${look}`;
};
