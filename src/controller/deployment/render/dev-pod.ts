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
const KEPT = `${TOP}/kept`;

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

/** It answers until the gateway has heard that it goes: what it would be asked meanwhile is lost otherwise. */
const LINGERS = { lifecycle: { preStop: { sleep: { seconds: 1 } } } };

const filesPod = (mode: FilesMode): DevPod => ({
  ...NOTHING,
  container: {
    fields: LINGERS,
    env: [],
    mounts: [{ name: "dev-in", mountPath: mode.place, subPath: "files", readOnly: true }],
  },
  volumes: [hostFolder(mode, "in")],
});

/** After a restart of the container the shim brings saved files to the image's own folder again. */
const programPod = (mode: ProgramMode, input: RenderInput): DevPod => {
  const { interpreter, shim, workdir, entrypoint, cmd } = mode;
  const copy = mode.isWritable === true ? NOTHING : workCopy(mode, input);
  return {
    container: {
      fields: {
        ...LINGERS,
        command: [interpreter, `${IN}/shim/${shim}`],
        args: [...entrypoint, ...(input.application.args ?? cmd)],
      },
      env: [
        { name: "CHOREO_DEV_POD", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
        ...Object.entries({
          CHOREO_DEV_IN: IN,
          CHOREO_DEV_STATE: STATE,
          CHOREO_DEV_RUN: RUN,
          CHOREO_DEV_KEPT: KEPT,
          CHOREO_DEV_ROOT: workdir,
          CHOREO_DEV_PORTS: tcpPorts(input).join(","),
        }).map(([name, value]) => ({ name, value })),
      ],
      mounts: [
        INCOMING,
        { name: "dev-state", mountPath: STATE },
        { name: "dev-run", mountPath: RUN },
        { name: "dev-kept", mountPath: KEPT },
        ...copy.container.mounts,
      ],
    },
    volumes: [
      hostFolder(mode, "in"),
      hostFolder(mode, "state"),
      { name: "dev-run", emptyDir: { medium: "Memory", sizeLimit: "16Mi" } },
      { name: "dev-kept", emptyDir: {} },
      ...copy.volumes,
    ],
    initContainers: copy.initContainers,
  };
};

const INCOMING = { name: "dev-in", mountPath: IN, readOnly: true };

/**
 * A program whose user may not write its folder runs in a copy of it. It is made by the interpreter: the image need not have
 * a shell. Where it can be done without, it is: it costs a second, the kubelet sees the end of a container that late.
 */
const workCopy = ({ interpreter, shim, workdir }: ProgramMode, { image }: RenderInput): DevPod => {
  const work = { name: "dev-work", mountPath: workdir };
  const copy = path.join(TOP, "work");
  return {
    container: { fields: {}, env: [], mounts: [work] },
    volumes: [{ name: "dev-work", emptyDir: {} }],
    initContainers: [
      {
        name: "dev-copy",
        image,
        command: [interpreter, `${IN}/shim/${shim}`, "--copy", workdir, copy],
        volumeMounts: [INCOMING, { ...work, mountPath: copy }],
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
