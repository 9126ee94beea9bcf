import { readFileSync } from "node:fs";

/** What a user should know about a watch; none of them ends it. */
export type TroubleKind = "polling" | "folder-gone" | "folder-back" | "denied" | "failing";

export interface Trouble {
  readonly kind: TroubleKind;
  readonly message: string;
  readonly why?: string;
  readonly fix?: string;
}

/** The system gives no more watches. Names the limit that was met, its value here, and how to raise it. */
export const pollingTrouble = (folder: string, code: string | undefined, watches: number): Trouble => {
  const message = `${folder} is polled instead of watched: changes are seen later and cost more`;
  if (code === "ENOSPC") {
    const limit = limitOf("max_user_watches", 524_288);
    return {
      kind: "polling",
      message,
      why: `all inotify watches of this user are taken (${limit.now}); the folder needs one for each of its directories and had ${watches} so far`,
      fix: `${limit.raise}, then start again; or put directories that are not source in .gitignore`,
    };
  }
  if (code === "EMFILE" || code === "ENFILE") {
    const limit = limitOf("max_user_instances", 1024);
    return {
      kind: "polling",
      message,
      why: `all inotify instances of this user are taken (${limit.now}), or all files that the process may open (ulimit -n)`,
      fix: `${limit.raise}, then start again`,
    };
  }
  return { kind: "polling", message, why: `its file system cannot be watched (${code})` };
};

/** A limit of the system's now, and the command that doubles it, to no less than what is common. */
const limitOf = (name: string, common: number): { readonly now: string; readonly raise: string } => {
  const file = `/proc/sys/fs/inotify/${name}`;
  const now = numberIn(file);
  return {
    now: now === undefined ? name : `${file} is ${now}`,
    raise: `sudo sysctl fs.inotify.${name}=${Math.max(common, 2 * (now ?? 0))}`,
  };
};

const numberIn = (file: string): number | undefined => {
  try {
    return Number(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
};
