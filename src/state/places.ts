import { createHash } from "node:crypto";
import os from "node:os";
import path from "node:path";

/** Folders of choreo-dev on this machine, absolute. None of them has to exist. */
export interface Places {
  /** Kubeconfigs, journals, logs: rebuilt by `up` when lost. */
  readonly state: string;
  /** Downloads with their checksums. */
  readonly cache: string;
  /** Sockets whose path would be too long in the state folder. */
  readonly runtime: string;
}

/** Files and folders of one platform. */
export interface PlatformPlaces {
  readonly dir: string;
  readonly kubeconfigs: string;
  readonly children: string;
  readonly journal: string;
  readonly trace: string;
  /** Beside the folder, because `down` holds it while it removes the folder. */
  readonly lock: string;
  readonly caDir: string;
  readonly sync: string;
  /** Of the embedded engine: a folder per cluster. */
  readonly clusters: string;
  /** Of the embedded engine: sources, work and bundles of builds. */
  readonly builds: string;
  readonly supervisor: {
    readonly settings: string;
    readonly socket: string;
    readonly log: string;
    readonly pid: string;
  };
}

/** The kernel takes 107 bytes for the path of a socket, on macOS 103. */
const SOCKET_PATH_LIMIT = 100;

/**
 * XDG folders on Linux, their counterparts on macOS, where the XDG variables are honoured too. As the XDG specification
 * asks, an empty or relative value counts as not set.
 */
export const places = (env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): Places => {
  const home = absolute(env["HOME"]) ?? os.homedir();
  const mac = platform === "darwin";
  const state =
    absolute(env["XDG_STATE_HOME"]) ?? path.join(home, mac ? "Library/Application Support" : ".local/state");
  const cache = absolute(env["XDG_CACHE_HOME"]) ?? path.join(home, mac ? "Library/Caches" : ".cache");
  return { state: path.join(state, "choreo-dev"), cache: path.join(cache, "choreo-dev"), runtime: runtimeDir(env) };
};

const absolute = (value: string | undefined): string | undefined =>
  value !== undefined && path.isAbsolute(value) ? value : undefined;

/** Outside `XDG_RUNTIME_DIR` the folder is shared by all users, so it carries the user's id. */
const runtimeDir = (env: NodeJS.ProcessEnv): string => {
  const own = absolute(env["XDG_RUNTIME_DIR"]);
  if (own !== undefined) return path.join(own, "choreo-dev");
  return path.join(absolute(env["TMPDIR"]) ?? "/tmp", `choreo-dev-${process.getuid?.() ?? 0}`);
};

/** Where a platform's files are. `name` has to be a valid platform name. */
export const platformPlaces = (root: Places, name: string): PlatformPlaces => {
  const dir = path.join(root.state, name);
  const at = (...parts: string[]): string => path.join(dir, ...parts);
  return {
    dir,
    kubeconfigs: at("kubeconfigs"),
    children: at("children"),
    journal: at("journal.ndjson"),
    trace: at("trace.json"),
    lock: path.join(root.state, `${name}.lock`),
    caDir: at("ca"),
    sync: at("sync"),
    clusters: at("clusters"),
    builds: at("builds"),
    supervisor: {
      settings: at("supervisor.json"),
      socket: shortSocket(at("supervisor.sock"), root.runtime),
      log: at("supervisor.log"),
      pid: at("supervisor.pid"),
    },
  };
};

const shortSocket = (file: string, runtime: string): string => {
  const hash = createHash("sha256").update(file).digest("hex").slice(0, 16);
  const candidates = [file, path.join(runtime, `${hash}.sock`)];
  const fitting = candidates.find((candidate) => Buffer.byteLength(candidate) <= SOCKET_PATH_LIMIT);
  return fitting ?? path.join("/tmp", `choreo-dev-${process.getuid?.() ?? 0}`, `${hash}.sock`);
};
