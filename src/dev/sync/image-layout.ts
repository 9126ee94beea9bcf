import path from "node:path/posix";
import type { CopyStep, DockerfileHint } from "../../engine/embedded/runtime/image/dockerfile.ts";

/**
 * Where an image has a file of its build context, by the last stage of its Dockerfile. Undefined: it is not there as it is,
 * because nothing copies it, or because a command that comes later makes something else of it.
 */
export const placeInImage = ({ steps }: Pick<DockerfileHint, "steps">, file: string): string | undefined => {
  let place: string | undefined;
  for (const step of steps) {
    if (step.kind === "copy") place = placeBy(step, file) ?? place;
    else if (place !== undefined && !isHarmless(step.command)) return undefined;
  }
  return place;
};

const placeBy = ({ sources, target, isInto }: CopyStep, file: string): string | undefined => {
  for (const source of sources) {
    const rest = restBehind(source, file);
    if (rest === undefined) continue;
    // Of a folder its content is copied; a file keeps its name where the target is a folder.
    if (rest !== "") return path.join(target, rest);
    return isInto ? path.join(target, path.basename(file)) : target;
  }
  return undefined;
};

/** What of a file's path is behind a source that it is in; "" for the source itself. */
const restBehind = (source: string, file: string): string | undefined => {
  if (source === "") return file;
  const patterns = source.split("/");
  const parts = file.split("/");
  if (parts.length < patterns.length) return undefined;
  const fits = patterns.every((pattern, at) => fitsName(pattern, parts[at] ?? ""));
  return fits ? parts.slice(patterns.length).join("/") : undefined;
};

/** As Go's `filepath.Match`, for one name. */
const fitsName = (pattern: string, name: string): boolean => {
  if (!/[*?[]/.test(pattern)) return pattern === name;
  const source = pattern
    .replaceAll(/[.+^${}()|\\]/g, String.raw`\$&`)
    .replaceAll("*", "[^/]*")
    .replaceAll("?", "[^/]");
  return new RegExp(`^${source}$`).test(name);
};

/** Whether a command leaves the copied sources as they are: it installs, or sees to users and permissions. */
const isHarmless = (command: string): boolean =>
  command
    .split(/&&|\|\||;|\n/)
    .map((part) => part.trim())
    .every((part) => part === "" || HARMLESS.test(part));

const HARMLESS = new RegExp(
  [
    String.raw`^(?:npm (?:ci|install|i|prune|rebuild)|yarn(?: install)?(?: --\S+)*$|pnpm (?:i|install)|corepack|npm cache)\b`,
    String.raw`^pip3? install (?!(?:.*\s)?(?:\.(?:\[|\s|$)|-e\b|--editable))`,
    String.raw`^(?:apt-get|apt|apk|adduser|useradd|addgroup|groupadd|usermod|chown|chmod|chgrp|mkdir|touch|ls|rm -rf /(?:var|tmp|root))\b`,
  ].join("|"),
);
