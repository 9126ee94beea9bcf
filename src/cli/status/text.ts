import { cut, type Style } from "../render/style.ts";
import { formatAge, renderTable } from "../render/table.ts";
import { gistOf } from "../../lib/program-error.ts";
import type { PlaneFacts, SupervisorFacts } from "../../planes/api.ts";
import type { ComponentStatus, DeployedComponent, StatusDocument } from "../../resources/status-document.ts";

/** How the text is laid out. */
export interface Layout {
  readonly style: Style;
  /** Columns of the terminal; undefined: nothing is cut. */
  readonly width: number | undefined;
  /** Environments in the order of the configuration; others follow. */
  readonly environments: readonly string[];
  readonly now: number;
}

/** The status on one screen: the platform, its planes, its components by environment, URLs, and what blocks. */
export const statusText = (status: StatusDocument, layout: Layout): string =>
  [
    headline(status, layout),
    planes(status.planes, layout),
    components(status.components, layout),
    urls(status, layout),
    problems(status, layout),
  ]
    .filter((section) => section !== "")
    .join("\n");

const headline = ({ name, engine, topology, ready, supervisor }: StatusDocument, { style, now }: Layout): string => {
  const state = ready ? style.green("ready") : style.red("not ready");
  return `${style.bold(name)}  ${engine}, ${topology}  ${state}, ${controllerText(supervisor, now)}\n`;
};

const controllerText = (supervisor: SupervisorFacts | undefined, now: number): string => {
  if (supervisor === undefined) return "controller down";
  const { pid, startedAt, rssBytes, ready, problem } = supervisor;
  const process = `pid ${pid}, ${Math.round(rssBytes / 1e6)} MB`;
  return ready
    ? `controller up ${formatAge(startedAt, now)} (${process})`
    : `controller not ready (${process}): ${problem ?? "it is starting"}`;
};

const planes = (all: readonly PlaneFacts[], { width, now }: Layout): string => {
  const rows = all.map(({ name, context, state, problem, addons, lastSeen }) => [
    name,
    context,
    problem === undefined ? state : `${state}: ${problem}`,
    addons.map((addon) => `${addon.name} ${addon.version}${addon.ready ? "" : " (not ready)"}`).join(", ") || "-",
    lastSeen === undefined ? "never" : `${formatAge(lastSeen, now)} ago`,
  ]);
  return renderTable(["PLANE", "CLUSTER", "STATE", "ADDONS", "LAST SEEN"], rows, width);
};

const components = (all: readonly ComponentStatus[], { style, width, environments }: Layout): string => {
  if (all.length === 0) return "no components yet: choreo-dev apply -f FOLDER\n";
  const deployedTo = all.flatMap((component) => component.environments.map(({ environment }) => environment));
  const columns = [...new Set([...environments, ...deployedTo])];
  const severalProjects = new Set(all.map(({ organization, project }) => `${organization}/${project}`)).size > 1;
  const titles = all.map(({ name, project }) => (severalProjects ? `${project}/${name}` : name));
  const rows = all.map((component, index) => [
    titles[index] ?? "",
    ...columns.map((environment) => cell(component, environment)),
  ]);
  const [heading = "", ...lines] = renderTable(["COMPONENT", ...columns], rows, width)
    .trimEnd()
    .split("\n");
  const indent = " ".repeat(Math.max("COMPONENT".length, ...titles.map(({ length }) => length)) + 2);
  const text = lines.flatMap((line, index) => [line, ...blockers(all[index], indent, style, width)]);
  return `${[heading, ...text].join("\n")}\n`;
};

const cell = ({ environments }: ComponentStatus, environment: string): string => {
  const found = environments.filter((deployed) => deployed.environment === environment);
  return found.map(({ revision, ready }) => `${revision} ${ready ? "ready" : "not ready"}`).join(", ") || "-";
};

const blockers = (
  component: ComponentStatus | undefined,
  indent: string,
  style: Style,
  width: number | undefined,
): string[] =>
  (component?.environments ?? [])
    .filter(({ ready }) => !ready)
    .flatMap((deployed) => [
      `${indent}${cut(blockedText(deployed), (width ?? Infinity) - indent.length)}`,
      `${indent}${style.dim(`next: choreo-dev logs ${component?.name} -e ${deployed.environment}`)}`,
    ]);

const blockedText = ({ environment, state, message }: DeployedComponent): string =>
  `${environment}: ${state}${message === "" ? "" : `: ${gistOf(message)}`}`;

const urls = ({ endpoints }: StatusDocument, { width }: Layout): string => {
  const reachable = endpoints.filter(({ visibility }) => visibility === "public");
  if (reachable.length === 0) return "";
  const rows = reachable.map(({ component, environment, ready, url }) => [
    component,
    environment,
    ready ? "ready" : "not ready",
    url,
  ]);
  return renderTable(["ENDPOINT", "ENVIRONMENT", "STATE", "URL"], rows, width);
};

const problems = (status: StatusDocument, { style }: Layout): string =>
  status.problems
    .flatMap(({ message, next }) => [
      `${style.red("blocked")}  ${message}`,
      ...(next === undefined ? [] : [`  ${style.dim("next")}   ${next}`]),
    ])
    .map((line) => `${line}\n`)
    .join("");
