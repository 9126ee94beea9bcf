import type { NetworkSpec, Platform, Sources } from "./model.ts";
import { type Path, pathText } from "./problems.ts";
import { type Surroundings, proxyVariable } from "./resolve.ts";

/** `positionOf` gives the place of a path in the file, or undefined where the file does not write it. */
export const traceSources = (
  platform: Platform,
  around: Surroundings,
  positionOf: (path: Path) => string | undefined,
): Sources => {
  const { file: _file, dir: _dir, ...values } = platform;
  return new Map(
    leavesOf(values).map((path) => {
      const source = overridden(path, around) ?? positionOf(pathInFile(path)) ?? otherwise(path, around);
      return [pathText(path), source];
    }),
  );
};

const leavesOf = (value: unknown, path: Path = []): Path[] => {
  const isFreeForm = path[0] === "addons" && path.at(-1) === "values";
  if (isFreeForm || !hasParts(value)) return [path];
  if (Array.isArray(value)) return value.flatMap((one, index) => leavesOf(one, [...path, index]));
  return Object.entries(value).flatMap(([key, one]) => leavesOf(one, [...path, key]));
};

const hasParts = (value: unknown): value is object =>
  typeof value === "object" &&
  value !== null &&
  (Array.isArray(value) ? value.some((one) => typeof one === "object") : true);

/** The resolved form is flatter in one place. */
const pathInFile = (path: Path): Path => {
  const [root, index, field] = path;
  const isCredential = root === "registries" && index !== undefined && field !== undefined && field !== "host";
  return isCredential ? [root, index, "auth", field] : path;
};

const overridden = ([root, ...rest]: Path, { flags }: Surroundings): string | undefined => {
  if (rest.length > 0 || (root !== "name" && root !== "engine" && root !== "topology")) return undefined;
  return flags[root] === undefined ? undefined : "flag";
};

const otherwise = (path: Path, { env }: Surroundings): string => {
  const [root, middle, last] = path;
  if (root === "name") return "derived from the folder";
  if (root === "environments" && last === "dataPlane") return "derived from planes.data";
  if (root === "network" && middle === "proxy") {
    const variable = proxyVariable(last as keyof NetworkSpec["proxy"], env);
    if (variable !== undefined) return `env ${variable}`;
  }
  return "default";
};
