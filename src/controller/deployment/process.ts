import type { Component, Deployment } from "../../crds/types.ts";
import { ANNOTATIONS } from "../../engine/embedded/runtime/image/resolve.ts";

const PREFIX = "process.choreo.dev/";

/**
 * Annotations of the pods in a data plane that runs processes: where the component's source is, and what its Component and
 * Deployment say themselves of how it is run.
 */
export const processAnnotations = (component: Component, deployment: Deployment): Record<string, string> => {
  const folder = component.spec.source?.local?.path;
  const own = [component, deployment].flatMap(({ metadata }) =>
    Object.entries(metadata.annotations ?? {}).filter(([name]) => name.startsWith(PREFIX)),
  );
  return { ...(folder === undefined ? {} : { [ANNOTATIONS.dir]: folder }), ...Object.fromEntries(own) };
};
