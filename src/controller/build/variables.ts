import type { BuildInput } from "./inputs.ts";

/** Output parameters and the files that the steps leave them in. */
export const OUTPUTS = [
  ["image", "image"],
  ["git-revision", "revision"],
  ["test", "test"],
  ["port", "port"],
  ["component", "component.yaml"],
  ["endpoints", "endpoints.yaml"],
  ["workload", "workload.yaml"],
] as const;

/** What the scripts of the steps are told. */
export const stepVariables = ({ build, component, image }: BuildInput): [string, string][] => {
  const { docker, buildpack } = build.spec.buildConfiguration;
  const own = build.spec.buildEnvironment?.env ?? [];
  const artifact = build.spec.source?.artifact;
  const useDocker = docker !== undefined && buildpack === undefined;
  return [
    ["SOURCE_ARTIFACT", artifact === undefined ? "" : `${image.registries[0] ?? ""}/${artifact}`],
    ["GIT_URL", component.spec.source?.gitRepository?.url ?? ""],
    ["GIT_BRANCH", build.spec.branch ?? ""],
    ["GIT_REVISION", build.spec.gitRevision ?? ""],
    ["SOURCE_PATH", relative(build.spec.path)],
    ["CONTEXT", useDocker ? relative(docker.context) : relative(build.spec.path)],
    ["DOCKERFILE", useDocker ? relative(docker.dockerfilePath) : ""],
    ["BUILDPACK", buildpack?.name ?? ""],
    ["BUILDPACK_VERSION", buildpack?.version ?? ""],
    ["IMAGE", image.repository],
    ["TAG", image.tagPrefix],
    ["REGISTRIES", image.registries.join(" ")],
    ["BUILD_ARGS", own.map(({ name }) => name).join(" ")],
    ...own.map(({ name, value }): [string, string] => [name, value]),
  ];
};

/** Paths are from the root of the source, with or without a slash before them. */
const relative = (place: string | undefined): string => {
  const clean = (place ?? "").split("/").filter((part) => part !== "" && part !== ".");
  return clean.length === 0 ? "." : clean.join("/");
};
