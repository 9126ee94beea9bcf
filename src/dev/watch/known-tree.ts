import type { DirectoryWatch } from "./directory-watch.ts";
import type { DirectoryRules } from "./rules.ts";

/** A directory as it was when it was last looked at. */
export interface KnownDirectory {
  readonly name: string;
  /** Undefined for the folder itself. */
  readonly parent: KnownDirectory | undefined;
  readonly files: Map<string, Identity>;
  readonly directories: Map<string, KnownDirectory>;
  rules: DirectoryRules | undefined;
  watch: DirectoryWatch | undefined;
  /** It is no part of the tree any more; what its watch still tells is about something else. */
  gone: boolean;
}

/**
 * What makes a file the same file: kind, permissions, content. Two that are equal need no work.
 * {@link UNREAD}: it is there, but has not been read yet.
 */
export type Identity = string;

export const UNREAD: Identity = "";

export const newDirectory = (name: string, parent?: KnownDirectory): KnownDirectory => ({
  name,
  parent,
  files: new Map(),
  directories: new Map(),
  rules: undefined,
  watch: undefined,
  gone: false,
});

/** From the folder, with "/"; "" for the folder itself. */
export const pathOf = ({ name, parent }: KnownDirectory): string =>
  parent === undefined ? "" : entryPath(parent, name);

export const entryPath = (directory: KnownDirectory, name: string): string => {
  const above = pathOf(directory);
  return above === "" ? name : `${above}/${name}`;
};

/** A directory and all that are known in it, the outer ones first. */
export const withInner = function* (directory: KnownDirectory): Generator<KnownDirectory> {
  yield directory;
  for (const inner of directory.directories.values()) yield* withInner(inner);
};

export const identityAt = (root: KnownDirectory, path: string): Identity | undefined => {
  const names = path.split("/");
  const file = names.pop() ?? "";
  let directory: KnownDirectory | undefined = root;
  for (const name of names) directory = directory?.directories.get(name);
  return directory?.files.get(file);
};
