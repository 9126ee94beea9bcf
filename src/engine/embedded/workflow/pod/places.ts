import path from "node:path";

/** Where programs of a container may write as they like: on a machine these are the machine's own. */
const OF_THE_MACHINE =
  /^\/(bin|boot|dev|etc|home|lib\w*|opt|proc|root|run|sbin|sys|usr|var)?$|^\/(bin|boot|dev|etc|lib\w*|proc|sbin|sys|usr)\//;

/** Folders of files that go in or out, which the pod needs for itself: in an image nobody else has them. */
export const privateFolders = (files: readonly string[], mounted: readonly string[]): string[] => {
  const folders = files
    .map((file) => path.posix.dirname(path.posix.normalize(file)))
    .map((folder) => (isIn("/tmp", folder) ? "/tmp" : folder));
  return [...new Set(folders)].filter(
    (folder) => !OF_THE_MACHINE.test(folder) && !mounted.some((place) => isIn(place, folder)),
  );
};

export const isIn = (folder: string, place: string): boolean => place === folder || place.startsWith(`${folder}/`);
