import path from "node:path/posix";
import type { DeploymentTrack } from "../../crds/types.ts";

/** Where a component's image is built from; paths are from its folder, with "/". */
export interface BuildPlaces {
  /** The build's context; "" for the folder itself. */
  readonly context: string;
  readonly dockerfile: string;
}

/** What a track says of it, as the steps of a build understand it. */
export const buildPlaces = ({ spec }: Pick<DeploymentTrack, "spec">): BuildPlaces => {
  const { buildConfiguration = {}, path: below } = spec.buildTemplateSpec ?? {};
  const docker = buildConfiguration.buildpack === undefined ? buildConfiguration.docker : undefined;
  const context = clean(docker?.context ?? below ?? "");
  return {
    context,
    dockerfile: docker === undefined ? path.join(context, "Dockerfile") : clean(docker.dockerfilePath),
  };
};

/** With or without a slash before them. */
const clean = (place: string): string => path.normalize(`/${place}`).replace(/^\/|\/$/g, "");
