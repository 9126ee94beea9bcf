import path from "node:path/posix";
import { ANNOTATIONS } from "../../crds/labels.ts";
import type { Deployment } from "../../crds/types.ts";

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

const parsed = (text: string | undefined): DevMode | undefined => {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as DevMode;
  } catch {
    return undefined;
  }
};

/** Everybody who may write a Deployment may write this: it names one folder of the sync mount, and nothing above it. */
const isSound = (mode: DevMode): boolean => {
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(mode.folder)) return false;
  if (mode.kind === "files") return isBelowRoot(mode.place);
  return mode.kind === "program" && isBelowRoot(mode.workdir) && /^[\w./-]+$/.test(mode.shim);
};

const isBelowRoot = (folder: unknown): boolean =>
  typeof folder === "string" && path.isAbsolute(folder) && path.normalize(folder) === folder && folder !== "/";
