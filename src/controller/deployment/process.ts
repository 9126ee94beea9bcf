import type { Component, Deployment } from "../../crds/types.ts";
import { ANNOTATIONS } from "../../engine/embedded/runtime/image/resolve.ts";
import { bundleFolder } from "../../source/bundle-store.ts";

const PREFIX = "process.choreo.dev/";

/**
 * Annotation of a Deployment that runs from the component's folder, as a dev loop asks for, and not from what was built: digest
 * of the folder. Other content is another digest, so the pods are started again. What is deployed next takes it away.
 */
export const SOURCE_FOLDER = `${PREFIX}source`;

export interface ProcessInput {
  readonly component: Component;
  readonly deployment: Deployment;
  /** Image that a build made; undefined for one that was made elsewhere. */
  readonly built: string | undefined;
  /** Folder of the builds; undefined where pods are no processes. */
  readonly builds: string | undefined;
}

/**
 * Annotations of the pods in a data plane that runs processes: the bundle that was built, or else where the component's source is,
 * and what its Component and Deployment say themselves of how it is run.
 */
export const processAnnotations = ({
  component,
  deployment,
  built = "",
  builds,
}: ProcessInput): Record<string, string> => {
  if (builds === undefined) return {};
  const folder = component.spec.source?.local?.path;
  const [, digest] = /@(sha256:[0-9a-f]{64})$/.exec(built) ?? [];
  const isFromFolder = folder !== undefined && deployment.metadata.annotations?.[SOURCE_FOLDER] !== undefined;
  const own = [component, deployment].flatMap(({ metadata }) =>
    Object.entries(metadata.annotations ?? {}).filter(
      // A dev session starts programs again that run from the folder it watches.
      ([name]) => name.startsWith(PREFIX) && (isFromFolder || name !== ANNOTATIONS.dev),
    ),
  );
  return {
    ...(folder === undefined ? {} : { [ANNOTATIONS.dir]: folder }),
    ...(digest !== undefined && !isFromFolder ? { [ANNOTATIONS.bundle]: bundleFolder(builds, digest) } : {}),
    ...Object.fromEntries(own),
  };
};
