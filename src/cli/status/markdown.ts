import type { StatusDocument } from "../../resources/status-document.ts";

/** The status as Markdown, for the summary of a job or a bug report. */
export const statusMarkdown = (status: StatusDocument): string =>
  [headline(status), planes(status), components(status), urls(status), problems(status)]
    .filter((section) => section !== "")
    .join("\n");

const headline = ({ name, engine, topology, ready }: StatusDocument): string =>
  `### Platform ${text(name)}: ${ready ? "ready" : "not ready"}\n\nEngine ${engine}, ${topology}\n`;

const planes = ({ planes: all }: StatusDocument): string =>
  table(
    ["Plane", "Cluster", "State", "Addons"],
    all.map(({ name, context, state, problem, addons }) => [
      name,
      context,
      problem === undefined ? state : `${state}: ${problem}`,
      addons.map((addon) => `${addon.name} ${addon.version}${addon.ready ? "" : " (not ready)"}`).join(", "),
    ]),
  );

const components = ({ components: all }: StatusDocument): string =>
  table(
    ["Component", "Environment", "Revision", "State"],
    all.flatMap(({ name, project, environments }) =>
      environments.map(({ environment, revision, ready, state, message }) => [
        `${project}/${name}`,
        environment,
        revision,
        ready || message === "" ? state : `${state}: ${message}`,
      ]),
    ),
  );

const urls = ({ endpoints }: StatusDocument): string =>
  table(
    ["Endpoint", "Environment", "State", "URL"],
    endpoints
      .filter(({ visibility }) => visibility === "public")
      .map(({ component, environment, ready, url }) => [component, environment, ready ? "ready" : "not ready", url]),
  );

const problems = ({ problems: all }: StatusDocument): string =>
  all.length === 0
    ? ""
    : `**Blocked**\n\n${all
        .map(({ message, next }) => `- ${text(message)}${next === undefined ? "" : ` (next: ${text(next)})`}\n`)
        .join("")}`;

const table = (headings: readonly string[], rows: readonly (readonly string[])[]): string => {
  if (rows.length === 0) return "";
  const line = (cells: readonly string[]): string => `| ${cells.map(text).join(" | ")} |\n`;
  return `${line(headings)}${line(headings.map(() => "---"))}${rows.map(line).join("")}`;
};

/** What comes out of a cluster must not become a table, a link or HTML. */
const text = (value: string): string => {
  // A plain address becomes a link by itself, and only as it is.
  if (/^https:\/\/[\w.:/-]+$/.test(value)) return value;
  return value
    .replaceAll(/\s+/g, " ")
    .replaceAll(/[\\`*_[\]<>|~#]/g, (character) => (character === "<" ? "&lt;" : `\\${character}`));
};
