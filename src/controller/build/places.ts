import type { Build } from "../../crds/types.ts";

/** Where an image is built from. Paths are from the root of the source, "." for the root itself. */
export interface BuildPlaces {
  readonly context: string;
  /** The Dockerfile that is named; undefined: the one in the context, or what the language asks for. */
  readonly dockerfile: string | undefined;
}

/** What a Build, or the template of a track, says of it. */
export const buildPlaces = ({
  buildConfiguration,
  path: below,
}: Partial<Pick<Build["spec"], "buildConfiguration" | "path">> = {}): BuildPlaces => {
  const docker = buildConfiguration?.buildpack === undefined ? buildConfiguration?.docker : undefined;
  return docker === undefined
    ? { context: relative(below), dockerfile: undefined }
    : { context: relative(docker.context), dockerfile: relative(docker.dockerfilePath) };
};

/** With or without a slash before it. */
export const relative = (place: string | undefined): string => {
  const clean = (place ?? "").split("/").filter((part) => part !== "" && part !== ".");
  return clean.length === 0 ? "." : clean.join("/");
};
