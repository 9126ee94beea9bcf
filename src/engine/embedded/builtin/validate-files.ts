import type { StatusCause } from "../api/status.ts";
import { invalidValue, required } from "../schema/cause.ts";
import { type Fields, items, text } from "./fields-of.ts";

const MOST_MODE = 0o777;

/** Which keys become which files. */
export const validateItems = (source: Fields, path: string): StatusCause[] =>
  items(source, "items").flatMap((item, at) => {
    const here = `${path}.items[${at}]`;
    const where = text(item, "path");
    return [
      ...["key", "path"].flatMap((name) => (text(item, name) === "" ? [required(`${here}.${name}`)] : [])),
      ...localPath(where, `${here}.path`),
      ...validateMode(item, "mode", here),
    ];
  });

export const validateMode = (fields: Fields, name: string, path: string): StatusCause[] => {
  const mode = fields[name];
  return typeof mode === "number" && (mode < 0 || mode > MOST_MODE)
    ? [invalidValue(`${path}.${name}`, mode, "must be a number between 0 and 0777 (octal), both inclusive")]
    : [];
};

/** A path below a directory. */
export const localPath = (where: string, path: string): StatusCause[] => [
  ...(where.startsWith("/") ? [invalidValue(path, where, "must be a relative path")] : []),
  ...backsteps(where, path),
];

export const backsteps = (where: string, path: string): StatusCause[] =>
  where.split("/").includes("..") ? [invalidValue(path, where, "must not contain '..'")] : [];
