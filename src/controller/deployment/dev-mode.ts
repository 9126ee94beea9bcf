import path from "node:path/posix";
import { ANNOTATIONS } from "../../crds/labels.ts";
import type { Deployment } from "../../crds/types.ts";
import { ANNOTATIONS as PROCESS } from "../../engine/embedded/runtime/image/resolve.ts";
import type { Statement } from "../conditions.ts";
import { SOURCE_FOLDER } from "./process.ts";

/** How the pods of a Deployment take saved files: what a dev session has found out about their image. */
export type DevMode = ProgramMode | FilesMode;

interface Common {
  /** The artifact that the saved files are laid over. With another one the Deployment is served as it was built. */
  readonly artifact: string;
  /** Name of the component's folder below the node's sync mount. */
  readonly folder: string;
}

/** A program that a shim in the image's own interpreter starts again. */
export interface ProgramMode extends Common {
  readonly kind: "program";
  readonly interpreter: string;
  readonly shim: string;
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  /** The image's; saved files go there. */
  readonly workdir: string;
  /** Whether the image's user may write there: else the program runs in a copy. */
  readonly isWritable?: boolean | undefined;
}

/** Files that a server in the image reads anew for each request. */
export interface FilesMode extends Common {
  readonly kind: "files";
  /** Where the image has them. */
  readonly place: string;
}

/** The dev mode of a Deployment; undefined when it has none, one for another artifact, or one that says nothing sensible. */
export const devModeOf = ({ metadata, spec }: Deployment): DevMode | undefined => {
  const mode = parsed(metadata.annotations?.[ANNOTATIONS.devMode]);
  return mode !== undefined && mode.artifact === spec.deploymentArtifactRef && isSound(mode) ? mode : undefined;
};

/** Whether the pods of a Deployment serve what was saved, and perhaps never built. */
export const servesSaves = (deployment: Deployment): boolean => {
  const { [ANNOTATIONS.unbuilt]: unbuilt, [SOURCE_FOLDER]: folder } = deployment.metadata.annotations ?? {};
  return folder !== undefined || (unbuilt === "true" && devModeOf(deployment) !== undefined);
};

/** Annotations as a patch that has a Deployment run its artifact and nothing else. */
export const WITHOUT_DEV_MODE: Readonly<Record<string, null>> = {
  [ANNOTATIONS.devMode]: null,
  [ANNOTATIONS.unbuilt]: null,
  [SOURCE_FOLDER]: null,
  [PROCESS.dev]: null,
};

/** Type of the condition. */
export const DEV_MODE = "DevMode";

/** The condition that there is only in dev mode. */
export const devModeStatement = (deployment: Deployment): Statement | undefined => {
  const mode = devModeOf(deployment);
  if (mode === undefined) return undefined;
  return servesSaves(deployment)
    ? { type: DEV_MODE, status: true, reason: "ServesSaves", message: `Saved files are laid over ${mode.artifact}` }
    : {
        type: DEV_MODE,
        status: true,
        reason: "TakesSaves",
        message: `Saved files would be laid over ${mode.artifact}`,
      };
};

const parsed = (text: string | undefined): DevMode | undefined => {
  if (text === undefined) return undefined;
  try {
    const mode: unknown = JSON.parse(text);
    return typeof mode === "object" && mode !== null ? (mode as DevMode) : undefined;
  } catch {
    return undefined;
  }
};

/** Everybody who may write a Deployment may write this: it names one folder of the sync mount, and nothing above it. */
const isSound = (mode: DevMode): boolean => {
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(mode.folder)) return false;
  if (mode.kind === "files") return isBelowRoot(mode.place);
  const words = [mode.interpreter, ...list(mode.entrypoint), ...list(mode.cmd)];
  return mode.kind === "program" && isBelowRoot(mode.workdir) && SHIM.test(mode.shim) && words.every(isText);
};

const SHIM = /^shim\.\w+$/;

const list = (words: unknown): readonly unknown[] => (Array.isArray(words) ? (words as unknown[]) : [undefined]);

const isText = (word: unknown): boolean => typeof word === "string";

const isBelowRoot = (folder: unknown): boolean =>
  typeof folder === "string" && path.isAbsolute(folder) && path.normalize(folder) === folder && folder !== "/";
