import { watch } from "node:fs";

export interface DirectoryWatch {
  readonly close: () => void;
}

export interface DirectoryEvents {
  /** Something happened to the entry of this name; undefined: to some entry. The directory's own end has its own name. */
  readonly onEvent: (name: string | undefined) => void;
  /** The watch has ended: nothing more will be told. */
  readonly onEnd: () => void;
}

/** Watches the entries of one directory, not of those in it. Throws what the system says when it cannot. */
export type WatchDirectory = (directory: string, events: DirectoryEvents) => DirectoryWatch;

/** One inotify watch (Linux) or event stream (macOS). */
export const watchDirectory: WatchDirectory = (directory, { onEvent, onEnd }) => {
  const watcher = watch(directory, { recursive: false }, (_type, name) => onEvent(name ?? undefined));
  watcher.on("error", onEnd);
  return {
    close: () => {
      watcher.removeAllListeners();
      watcher.on("error", () => undefined);
      watcher.close();
    },
  };
};
