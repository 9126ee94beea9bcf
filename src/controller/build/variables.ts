import type { BuildInput } from "./inputs.ts";
import { buildPlaces, relative } from "./places.ts";

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
  const { buildpack } = build.spec.buildConfiguration;
  const { context, dockerfile = "" } = buildPlaces(build.spec);
  const own = build.spec.buildEnvironment?.env ?? [];
  const artifact = build.spec.source?.artifact;
  return [
    ["SOURCE_ARTIFACT", artifact === undefined ? "" : `${image.registries[0] ?? ""}/${artifact}`],
    ["GIT_URL", component.spec.source?.gitRepository?.url ?? ""],
    ["GIT_BRANCH", build.spec.branch ?? ""],
    ["GIT_REVISION", build.spec.gitRevision ?? ""],
    ["SOURCE_PATH", relative(build.spec.path)],
    ["CONTEXT", context],
    ["DOCKERFILE", dockerfile],
    ["BUILDPACK", buildpack?.name ?? ""],
    ["BUILDPACK_VERSION", buildpack?.version ?? ""],
    ["IMAGE", image.repository],
    ["TAG", image.tagPrefix],
    ["REGISTRIES", image.registries.join(" ")],
    ["BUILD_ARGS", own.map(({ name }) => name).join(" ")],
    ...own.map(({ name, value }): [string, string] => [name, value]),
  ];
};
