import path from "node:path";
import { CHOREO_API, LABELS } from "../../crds/labels.ts";
import { CONFIG_API_VERSION, CONFIG_KIND } from "../../config/schema.ts";
import { DEFAULT_ORGANIZATION } from "../../planes/defaults.ts";

export const COMPONENT_TYPES = ["Service", "WebApplication", "ScheduledTask", "ManualTask"] as const;
export type ComponentType = (typeof COMPONENT_TYPES)[number];

/** A component as `init` writes it. */
export interface NewComponent {
  readonly name: string;
  readonly project: string;
  readonly type: ComponentType;
  /** Of what it serves; undefined for what serves nothing, or whose image tells. */
  readonly port: number | undefined;
}

/** A file to be written: its place below the component's folder, what it is, its text. */
export interface NewFile {
  readonly file: string;
  readonly purpose: string;
  readonly text: string;
}

export const RESOURCES_FILE = "resources.yaml";
/** What a source says of itself. */
export const DESCRIPTION_FILE = ".choreo/component.yaml";

/** Component and track, and what it serves where nothing else says that. */
export const componentFiles = (component: NewComponent): NewFile[] => [
  { file: RESOURCES_FILE, purpose: "its Component and DeploymentTrack", text: resources(component) },
  ...(component.port === undefined
    ? []
    : [{ file: DESCRIPTION_FILE, purpose: `its endpoint at port ${component.port}`, text: endpoint(component.port) }]),
];

/** A platform's configuration that names the component's resources. */
export const platformFile = (resourcesPath: string): NewFile => ({
  file: "choreo-dev.yaml",
  purpose: "a platform with it",
  text: `# What choreo-dev up makes; everything else is a default: choreo-dev config print shows it.
apiVersion: ${CONFIG_API_VERSION}
kind: ${CONFIG_KIND}
components:
  - path: ${quoted(resourcesPath)}
`,
});

const resources = ({ name, project, type }: NewComponent): string => `# ${name}, built from this folder.
apiVersion: ${CHOREO_API}
kind: Component
metadata:
  name: ${name}
  namespace: ${DEFAULT_ORGANIZATION}
  labels:
    ${LABELS.organization}: ${DEFAULT_ORGANIZATION}
    ${LABELS.project}: ${project}
    ${LABELS.name}: ${name}
spec:
  type: ${type}
  source:
    local:
      path: .
---
# What is built goes to the first environment of the project's pipeline by itself; from there: choreo-dev promote ${name}
apiVersion: ${CHOREO_API}
kind: DeploymentTrack
metadata:
  name: ${name}-main
  namespace: ${DEFAULT_ORGANIZATION}
  labels:
    ${LABELS.organization}: ${DEFAULT_ORGANIZATION}
    ${LABELS.project}: ${project}
    ${LABELS.component}: ${name}
    ${LABELS.name}: main
spec:
  autoDeploy: true
`;

const endpoint = (
  port: number,
): string => `# What the component serves. basePath is what it expects before its own paths.
schemaVersion: "1.0"
endpoints:
  - name: http
    type: HTTP
    service:
      basePath: /
      port: ${port}
    networkVisibilities: [Public]
`;

const quoted = (text: string): string => (/^[\w./-]+$/.test(text) ? text : JSON.stringify(text));

/** A folder's name as a component's: a DNS label that leaves room for what names are made from. */
export const componentName = (folder: string): string => {
  const safe = path
    .basename(folder)
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, 40)
    .replaceAll(/^-+|-+$/g, "");
  if (safe === "") return "app";
  return /^[a-z]/.test(safe) ? safe : `app-${safe}`;
};
