import { lstat, readdir, realpath, stat } from "node:fs/promises";
import path from "node:path";
import type { MountNamespace } from "./isolation.ts";
import { quoteWord, quoteWords } from "./quote.ts";

/** One thing that a container sees at a place of its own. */
export interface Mount {
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}

export interface MountScript {
  /** Lines for `sh -e`, to be followed by {@link MountScript.exec} and the program. */
  readonly lines: readonly string[];
  /** Words before the program. */
  readonly exec: readonly string[];
}

/** Nothing of the machine has a place for a mount that cannot be made here. */
export class MountNotPossible extends Error {}

/**
 * The shell commands that put the mounts in place inside a new mount namespace. Places that this machine has not got are
 * made in an overlay of the folder above them, below `/` in a new root folder; nothing of that is seen outside.
 */
export const mountScript = async (
  mounts: readonly Mount[],
  namespace: MountNamespace,
  scratch: string,
): Promise<MountScript> => {
  const plans = await Promise.all(mounts.map(planMount));
  const folders = new Set(plans.flatMap(({ forge }) => forge ?? []));
  // What is mounted from below such a place would be hidden by it: in a new root it is not.
  const needed = [scratch, ...plans.map(({ source }) => source)];
  if (plans.some(({ place }) => needed.some((one) => isBelow(one, place)))) folders.add("/");
  const lines: string[] = [];
  if (folders.size > 0) lines.push(`mount -t tmpfs tmpfs ${quoteWord(scratch)}`);
  const newRoot = folders.delete("/");
  const root = newRoot ? path.join(scratch, "root") : "";
  if (newRoot) lines.push(...(await rootLines(root)));
  if (folders.size > 0 && namespace.overlay === undefined)
    throw new MountNotPossible(
      `${[...folders].join(", ")} lacks a place to mount on, and this machine has no overlays`,
    );
  // A folder inside an overlaid folder is a part of that overlay.
  const outer = [...folders].filter((one) => ![...folders].some((other) => one !== other && isBelow(one, other)));
  outer.forEach((folder, at) => {
    const [upper, work] = [path.join(scratch, `u${at}`), path.join(scratch, `w${at}`)];
    const options = `lowerdir=${folder},upperdir=${upper},workdir=${work}${namespace.overlay ?? ""}`;
    lines.push(
      `mkdir ${quoteWords([upper, work])}`,
      `mount -t overlay overlay -o ${quoteWords([options, root + folder])}`,
    );
  });
  for (const { source, place, readOnly, isFolder, forge } of plans.toSorted(
    (a, b) => a.place.length - b.place.length,
  )) {
    const target = quoteWord(root + place);
    if (forge !== undefined)
      lines.push(isFolder ? `mkdir -p ${target}` : `mkdir -p ${quoteWord(path.dirname(root + place))}; : > ${target}`);
    lines.push(`mount --rbind ${quoteWord(source)} ${target}`);
    if (readOnly) lines.push(`mount -o remount,bind,ro ${target} 2>/dev/null || :`);
  }
  return { lines, exec: newRoot ? ["chroot", root] : [] };
};

interface MountPlan extends Mount {
  /** The target without symbolic links. */
  readonly place: string;
  readonly isFolder: boolean;
  /** The folder that needs an overlay, so that the target can be made in it. */
  readonly forge: string | undefined;
}

const planMount = async (mount: Mount): Promise<MountPlan> => {
  const isFolder = (await stat(mount.source)).isDirectory();
  let above = path.posix.resolve("/", mount.target);
  const missing: string[] = [];
  while (!(await isThere(above))) {
    missing.unshift(path.basename(above));
    above = path.dirname(above);
  }
  const found = await realpath(above);
  const place = path.join(found, ...missing);
  if (missing.length > 0) return { ...mount, place, isFolder, forge: found };
  if ((await stat(found)).isDirectory() === isFolder) return { ...mount, place, isFolder, forge: undefined };
  throw new MountNotPossible(`${mount.target} is a ${isFolder ? "file" : "folder"} on this machine`);
};

const isThere = (place: string): Promise<boolean> =>
  stat(place).then(
    () => true,
    () => false,
  );

const isBelow = (place: string, folder: string): boolean =>
  place.startsWith(folder.endsWith("/") ? folder : `${folder}/`);

/** A folder that shows everything that `/` does, in which more can be made. */
const rootLines = async (root: string): Promise<string[]> => {
  const lines = [`mkdir ${quoteWord(root)}`];
  for (const name of await readdir("/")) {
    const [from, to] = [quoteWord(`/${name}`), quoteWord(path.join(root, name))];
    const entry = await lstat(`/${name}`).catch(() => undefined);
    if (entry?.isSymbolicLink() === true) lines.push(`cp -P ${from} ${to}`);
    else if (entry?.isDirectory() === true) lines.push(`mkdir ${to}; mount --rbind ${from} ${to}`);
    else if (entry?.isFile() === true) lines.push(`: > ${to}; mount --bind ${from} ${to}`);
  }
  return lines;
};
