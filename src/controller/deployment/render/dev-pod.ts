import path from "node:path/posix";
import type { DevMode, FilesMode, ProgramMode } from "../dev-mode.ts";
import { isTask, type RenderInput } from "./input.ts";
import { portsOf } from "./ports.ts";

/** The sync mount as the node sees it: `clusters/kind/data.yaml`. */
const SYNC = "/var/lib/choreo-dev/sync";
/** Where pods have what belongs to the dev mode. */
const TOP = "/.choreo-dev";
const IN = `${TOP}/in`;
const STATE = `${TOP}/state`;
const RUN = `${TOP}/run`;

export interface DevContainer {
  /** Fields of the container; env and mounts come behind its own. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly env: readonly object[];
  readonly mounts: readonly object[];
}

export interface DevPod {
  readonly container: DevContainer;
  readonly volumes: readonly object[];
  readonly initContainers: readonly object[];
}

const NOTHING: DevPod = { container: { fields: {}, env: [], mounts: [] }, volumes: [], initContainers: [] };

/** What a pod has besides its usual fields while a dev session feeds it. */
export const renderDevMode = (input: RenderInput): DevPod => {
  const { devMode } = input;
  if (devMode === undefined || isTask(input.type)) return NOTHING;
  return devMode.kind === "files" ? filesPod(devMode) : programPod(devMode, input);
};

/** In short, for the pods: another value means other pods. */
export const devAnnotation = ({ artifact, folder }: DevMode): string => `${folder}/${artifact}`;

const filesPod = (mode: FilesMode): DevPod => ({
  ...NOTHING,
  container: {
    fields: {},
    env: [],
    mounts: [{ name: "dev-in", mountPath: mode.place, subPath: "files", readOnly: true }],
  },
  volumes: [hostFolder(mode, "in")],
});

/**
 * The program runs in a copy of the image's own folder: it is writable for whatever user the image has, and is still there
 * when the container is started again. The copy is made by the interpreter: the image need not have a shell.
 */
const programPod = (mode: ProgramMode, input: RenderInput): DevPod => {
  const { interpreter, shim, workdir, entrypoint, cmd } = mode;
  const work = { name: "dev-work", mountPath: workdir };
  const incoming = { name: "dev-in", mountPath: IN, readOnly: true };
  const copy = path.join(TOP, "work");
  return {
    container: {
      fields: {
        command: [interpreter, `${IN}/shim/${shim}`],
        args: [...entrypoint, ...(input.application.args ?? cmd)],
      },
      env: [
        { name: "CHOREO_DEV_POD", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
        ...Object.entries({
          CHOREO_DEV_IN: IN,
          CHOREO_DEV_STATE: STATE,
          CHOREO_DEV_RUN: RUN,
          CHOREO_DEV_ROOT: workdir,
          CHOREO_DEV_PORTS: tcpPorts(input).join(","),
        }).map(([name, value]) => ({ name, value })),
      ],
      mounts: [incoming, { name: "dev-state", mountPath: STATE }, { name: "dev-run", mountPath: RUN }, work],
    },
    volumes: [
      hostFolder(mode, "in"),
      hostFolder(mode, "state"),
      { name: "dev-run", emptyDir: { medium: "Memory", sizeLimit: "16Mi" } },
      { name: "dev-work", emptyDir: {} },
    ],
    initContainers: [
      {
        name: "dev-copy",
        image: input.image,
        command: [interpreter, `${IN}/shim/${shim}`, "--copy", workdir, copy],
        volumeMounts: [incoming, { ...work, mountPath: copy }],
        terminationMessagePolicy: "FallbackToLogsOnError",
      },
    ],
  };
};

const tcpPorts = ({ endpointTemplates }: RenderInput): number[] =>
  portsOf(endpointTemplates)
    .filter(({ protocol }) => protocol === "TCP")
    .map(({ port }) => port);

const hostFolder = ({ folder }: DevMode, part: "in" | "state"): object => ({
  name: `dev-${part}`,
  hostPath: { path: `${SYNC}/${folder}/${part}`, type: "Directory" },
});
